//! The world that most tests live in: the product Acme Analytics, its customer Northwind with two
//! sub-accounts, and Contoso, another customer that is none of Northwind's business.

use serde_json::{Value, json};

use super::{Connection, Database, Db, Launch, Operator, Scim, Server, eventually};

/// A server with a catalogue, tenants, and one connection at `northwind`.
pub(crate) struct Acme {
    pub(crate) server: Server,
    pub(crate) database: Database,
    pub(crate) operator: Operator,
    pub(crate) connection: Connection,
    pub(crate) scim: Scim,
}

impl Acme {
    /// On a new database.
    pub(crate) async fn start(db: Db) -> Self {
        let database = Database::create(db);
        let launch = Launch::on(database.url());
        Self::launch(launch, database).await
    }

    /// At a public URL, so that locations stay the same when a restart brings another port.
    pub(crate) async fn behind_a_proxy(db: Db) -> Self {
        let database = Database::create(db);
        let launch =
            Launch::on(database.url()).with(&["--public-url", "https://scim.acme.example"]);
        Self::launch(launch, database).await
    }

    /// With a server started in a particular way.
    pub(crate) async fn launch(launch: Launch, database: Database) -> Self {
        let server = launch.start().await;
        let operator = server.operator();
        operator.put("/v1/catalog", &catalog()).await.expect(200);
        operator.tenant("northwind", None).await;
        operator.tenant("northwind-emea", Some("northwind")).await;
        operator.tenant("northwind-apac", Some("northwind")).await;
        operator.tenant("contoso", None).await;
        let connection = operator.connect("northwind", "entra", &json!({})).await;
        let scim = server.scim(&connection);
        Self {
            server,
            database,
            operator,
            connection,
            scim,
        }
    }

    /// Uploads a plugin and puts it in force in all three slots of the connection.
    pub(crate) async fn run(&self, component: &[u8]) -> i64 {
        let digest = self.operator.plugin(component).await;
        self.operator
            .remap(&self.connection, &every_slot(&digest))
            .await
    }

    /// Breaks a mapping for these users, if its plugin is [`Guest::breakable`]: from now on they are in a group with a
    /// long name.
    ///
    /// [`Guest::breakable`]: super::Guest::breakable
    pub(crate) async fn break_mapping(&self, users: &[&str]) {
        self.scim.group(&"A".repeat(1_000), users).await;
        for user in users {
            eventually("a decision that fails", async || {
                (self.operator.user(user).await["state"] == "pending").then_some(())
            })
            .await;
        }
    }

    /// After a restart: the clients at the server's new address.
    pub(crate) fn reconnect(&mut self) {
        self.operator = self.server.operator();
        self.scim = self.server.scim(&self.connection);
    }
}

/// A mapping whose three slots are filled by one plugin without settings.
pub(crate) fn every_slot(digest: &str) -> Value {
    let slot = json!({"plugin": digest, "settings": {}});
    json!({"attributes": slot, "tenants": slot, "roles": slot})
}

/// What Acme Analytics can grant.
pub(crate) fn catalog() -> Value {
    json!({
        "permissions": [{"key": "reports.read"}, {"key": "reports.write"}, {"key": "users.manage"}],
        "roles": [
            {"key": "viewer", "name": "Viewer", "permissions": ["reports.read"]},
            {"key": "analyst", "name": "Analyst", "permissions": ["reports.read", "reports.write"]},
            {"key": "admin", "name": "Admin", "permissions": ["reports.read", "users.manage"]},
        ],
        "features": [{"key": "exports"}, {"key": "sso_audit"}],
        "plans": [{"key": "team", "features": ["exports", "sso_audit"]}],
        "object_types": [{"key": "dashboard", "actions": ["view", "edit"]}],
    })
}
