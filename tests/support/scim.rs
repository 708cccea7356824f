//! A connection's SCIM API as an identity provider uses it.

use serde_json::{Value, json};

use super::http::{Answer, Broken, Request};

const MEDIA_TYPE: &str = "application/scim+json";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// URN of the enterprise extension (RFC 7643 section 4.3).
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// One token of one connection, at one server.
#[derive(Clone)]
pub(crate) struct Scim {
    origin: String,
    base: String,
    token: String,
}

/// A SCIM User with everything an identity provider usually sends: about 1 KiB.
pub(crate) fn person(user_name: &str) -> Value {
    let (name, domain) = user_name
        .split_once('@')
        .unwrap_or((user_name, "example.com"));
    json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": format!("ext-{name}"),
        "userName": user_name,
        "name": {"givenName": name, "familyName": "Example", "formatted": format!("{name} Example")},
        "displayName": format!("{name} Example"),
        "title": "Account Executive",
        "preferredLanguage": "en-GB",
        "active": true,
        "emails": [
            {"type": "work", "primary": true, "value": format!("{name}@{domain}")},
            {"type": "home", "value": format!("{name}@home.example")},
        ],
        "phoneNumbers": [{"type": "work", "value": "+44 20 7946 0018"}],
        "addresses": [{"type": "work", "locality": "London", "country": "GB"}],
        ENTERPRISE: {
            "employeeNumber": "701984",
            "costCenter": "4130",
            "organization": "Northwind",
            "division": "Field",
            "department": "Sales",
        },
    })
}

impl Scim {
    pub(crate) fn new(origin: &str, connection: &str, token: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            base: format!("/scim/v2/{connection}"),
            token: token.to_owned(),
        }
    }

    /// The same connection with another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            token: token.to_owned(),
            ..self.clone()
        }
    }

    /// Creates a usual user: the id.
    pub(crate) async fn user(&self, user_name: &str) -> String {
        id(&self.create_user(&person(user_name)).await.expect(201))
    }

    /// Creates a group: the id.
    pub(crate) async fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<_> = members.iter().map(|id| json!({"value": id})).collect();
        let group = json!({"schemas": [GROUP], "displayName": name, "members": members});
        id(&self.post("/Groups", &group).await.expect(201))
    }

    pub(crate) async fn create_user(&self, user: &Value) -> Answer {
        self.post("/Users", user).await
    }

    /// The same while the server may go away.
    pub(crate) async fn try_create_user(&self, user: &Value) -> Result<Answer, Broken> {
        let request = self
            .request("POST", "/Users")
            .header("Content-Type", MEDIA_TYPE);
        request.body(user.to_string()).try_send(&self.origin).await
    }

    pub(crate) async fn read_user(&self, id: &str) -> Value {
        self.get(&format!("/Users/{id}")).await.expect(200)
    }

    /// Deactivates or reactivates, as Entra does.
    pub(crate) async fn set_active(&self, user: &str, active: bool) {
        let change = json!([{"op": "replace", "path": "active", "value": active}]);
        let answer = self.patch(&format!("/Users/{user}"), &change).await;
        assert!(matches!(answer.status, 200 | 204), "{answer:?}");
    }

    /// Adds a member to a group.
    pub(crate) async fn add_member(&self, group: &str, user: &str) {
        let change = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
        let answer = self.patch(&format!("/Groups/{group}"), &change).await;
        assert!(matches!(answer.status, 200 | 204), "{answer:?}");
    }

    /// Takes a member out of a group.
    pub(crate) async fn remove_member(&self, group: &str, user: &str) {
        let change = json!([{"op": "remove", "path": format!("members[value eq \"{user}\"]")}]);
        let answer = self.patch(&format!("/Groups/{group}"), &change).await;
        assert!(matches!(answer.status, 200 | 204), "{answer:?}");
    }

    /// How many users a filter finds.
    pub(crate) async fn count(&self, filter: &str) -> i64 {
        let path = format!("/Users?filter={}", encode(filter));
        let list = self.get(&path).await.expect(200);
        list["totalResults"]
            .as_i64()
            .expect("totalResults is an integer")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send(&self.origin).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.request("DELETE", path).send(&self.origin).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.with_json("POST", path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.with_json("PUT", path, body).await
    }

    /// A PATCH with these operations (RFC 7644 section 3.5.2).
    pub(crate) async fn patch(&self, path: &str, operations: &Value) -> Answer {
        self.with_json(
            "PATCH",
            path,
            &json!({"schemas": [PATCH], "Operations": operations}),
        )
        .await
    }

    /// A request with the token, not sent yet; `path` is below the connection's base URL.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        Request::new(method, format!("{}{path}", self.base)).bearer(&self.token)
    }

    /// The path of the connection's base URL.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The token of the requests.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Where requests go.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    async fn with_json(&self, method: &str, path: &str, body: &Value) -> Answer {
        let request = self
            .request(method, path)
            .header("Content-Type", MEDIA_TYPE);
        request.body(body.to_string()).send(&self.origin).await
    }
}

/// The id of a resource.
pub(crate) fn id(resource: &Value) -> String {
    resource["id"]
        .as_str()
        .expect("a resource has an id")
        .to_owned()
}

/// A query value with everything but letters, digits and `-._~` percent-encoded (RFC 3986).
pub(crate) fn encode(value: &str) -> String {
    use std::fmt::Write as _;
    value.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("text takes what is written");
        }
        text
    })
}
