//! Whom a decision is about: views of the SCIM JSON in `types.subject`.

use serde::Deserialize;
use serde_json::Value;

use crate::Failure;

#[cfg(test)]
mod tests;

/// URN of the enterprise extension (RFC 7643 §4.3).
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A user and the groups the user is a member of.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The user.
    pub user: User,
    /// The groups, in the host's order.
    pub groups: Vec<Group>,
}

/// A SCIM User (RFC 7643 §4.1). Attribute names are in the case of their schema.
#[derive(Debug, Clone, PartialEq)]
pub struct User(Value);

/// A group the user is a member of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Group {
    /// The group's id at this server: what an answer names in `groups`.
    #[serde(rename = "value")]
    pub id: String,
    /// `displayName`.
    pub display: String,
    /// The group's id at the identity provider.
    #[serde(rename = "externalId", default)]
    pub external_id: Option<String>,
}

impl Subject {
    /// Reads both from the JSON text the host passes.
    pub fn parse(user: &str, groups: &str) -> Result<Self, Failure> {
        Ok(Self {
            user: User(read("user", user)?),
            groups: read("groups", groups)?,
        })
    }

    /// The group with this `displayName`, exactly as written, if the user is in it.
    pub fn group(&self, display: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.display == display)
    }
}

pub(crate) fn read<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, Failure> {
    serde_json::from_str(text)
        .map_err(|error| Failure::internal("malformed_input", format!("{what}: {error}")))
}

impl User {
    /// The whole resource.
    pub fn json(&self) -> &Value {
        &self.0
    }

    /// A core attribute that is text, such as `title` or `externalId`.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// `userName`; the empty string if the host sent none.
    pub fn user_name(&self) -> &str {
        self.text("userName").unwrap_or_default()
    }

    /// `displayName`, else `name.formatted`, else given and family name, else `userName`.
    pub fn display_name(&self) -> String {
        let name = |part: &str| self.0.get("name")?.get(part)?.as_str();
        if let Some(display) = self.text("displayName").or_else(|| name("formatted")) {
            return display.to_owned();
        }
        match (name("givenName"), name("familyName")) {
            (Some(given), Some(family)) => format!("{given} {family}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => self.user_name().to_owned(),
        }
    }

    /// The address to write to at work: of type `work`, else the primary one, else the first.
    pub fn work_email(&self) -> Option<&str> {
        let emails = self.0.get("emails")?.as_array()?;
        let work = |email: &&Value| email.get("type").and_then(Value::as_str) == Some("work");
        let primary = |email: &&Value| email.get("primary").and_then(Value::as_bool) == Some(true);
        emails
            .iter()
            .find(work)
            .or_else(|| emails.iter().find(primary))
            .or(emails.first())?
            .get("value")?
            .as_str()
    }

    /// An attribute of the enterprise extension that is text: `department`, `costCenter`,
    /// `division`, `organization`, `employeeNumber`.
    pub fn enterprise(&self, name: &str) -> Option<&str> {
        self.extension(ENTERPRISE)?.get(name)?.as_str()
    }

    /// The attributes under an extension's URN.
    pub fn extension(&self, urn: &str) -> Option<&Value> {
        self.0.get(urn)
    }
}
