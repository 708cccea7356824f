//! Three users that the checks of queries share.

use serde_json::{Value, json};

use super::{Session, USER};
use crate::check::Checked;
use crate::features::ENTERPRISE;

/// They differ in everything that the queries ask for.
pub(crate) struct People {
    pub(crate) ada: Value,
    pub(crate) bob: Value,
    pub(crate) cyd: Value,
}

impl People {
    /// In the order of their userNames.
    pub(crate) fn all(&self) -> [(&'static str, &Value); 3] {
        [("ada", &self.ada), ("bob", &self.bob), ("cyd", &self.cyd)]
    }
}

impl Session {
    /// Created by the first check that needs them, and kept to the end of the run.
    pub(crate) async fn people(&self) -> Checked<&People> {
        self.people.get_or_try_init(|| self.create_people()).await
    }

    async fn create_people(&self) -> Checked<People> {
        let run = self.run();
        let mut ada = json!({
            "schemas": [USER],
            "userName": format!("{run}-Q-Ada@example.com"),
            "externalId": format!("{run}-X-Ada"),
            "name": {"givenName": "Ada", "familyName": format!("{run}-Zeta")},
            "displayName": format!("{run} Ada"),
            "title": format!("{run}-Engineer"),
            "active": true,
            "emails": [
                {"value": format!("ada@work.{run}.example"), "type": "work", "primary": true},
                {"value": format!("ada@home.{run}.example"), "type": "home"},
            ],
        });
        let bob = json!({
            "schemas": [USER],
            "userName": format!("{run}-q-bob@example.com"),
            "externalId": format!("{run}-x-bob"),
            "name": {"givenName": "Bob", "familyName": format!("{run}-Alpha")},
            "displayName": format!("{run} \"Bob\" \\ Ö"),
            "title": format!("{run}-Manager"),
            "active": false,
            "emails": [{"value": format!("bob@home.{run}.example"), "type": "home"}],
        });
        let cyd = json!({
            "schemas": [USER],
            "userName": format!("{run}-q-CYD@example.com"),
            "name": {"givenName": "Cyd", "familyName": format!("{run}-mu")},
            "displayName": format!("{run} Cyd"),
            "active": true,
            "emails": [{"value": format!("cyd@work.{run}.example"), "type": "work"}],
        });
        if self
            .features()
            .lack(&crate::check::Need::Enterprise)
            .is_none()
        {
            ada["schemas"] = json!([USER, ENTERPRISE]);
            ada[ENTERPRISE] = json!({"department": format!("{run}-Research")});
        }
        let before = self.made.take();
        let mut made = Vec::new();
        for person in [ada, bob, cyd] {
            made.push(self.post("/Users", &person).await?.expect(201)?);
        }
        self.keep();
        self.made.replace(before);
        let mut made = made.into_iter();
        let mut next = || made.next().unwrap_or_default();
        Ok(People {
            ada: next(),
            bob: next(),
            cyd: next(),
        })
    }
}
