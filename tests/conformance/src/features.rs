//! What the server says that it offers: a clause about something else does not bind it.

use serde_json::Value;

use crate::check::Need;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The discovery documents; null where there is none, and everything counts as offered then.
pub(crate) struct Features {
    pub(crate) config: Value,
    pub(crate) resource_types: Value,
    pub(crate) schemas: Value,
}

impl Features {
    /// Why `need` is not met.
    pub(crate) fn lack(&self, need: &Need) -> Option<String> {
        let flag = |name: &str| self.config[name]["supported"] != false;
        let (offered, what) = match need {
            Need::Patch => (flag("patch"), "ServiceProviderConfig: no patch".to_owned()),
            Need::Bulk => (flag("bulk"), "ServiceProviderConfig: no bulk".to_owned()),
            Need::Filter => (
                flag("filter"),
                "ServiceProviderConfig: no filter".to_owned(),
            ),
            Need::Sort => (flag("sort"), "ServiceProviderConfig: no sort".to_owned()),
            Need::Etag => (flag("etag"), "ServiceProviderConfig: no etag".to_owned()),
            // The newer RFC: who does not speak of cursors has none.
            Need::Cursor => (
                self.config["pagination"]["cursor"] == true,
                "ServiceProviderConfig: no pagination by cursor".to_owned(),
            ),
            Need::Group => (self.has_group(), "ResourceTypes: no Group".to_owned()),
            Need::Enterprise => (
                self.has_enterprise(),
                "ResourceTypes: no Enterprise extension".to_owned(),
            ),
            Need::User(name) => (
                self.user_has(name),
                format!("Schemas: no writable {name} of User"),
            ),
        };
        (!offered).then_some(what)
    }

    fn has_group(&self) -> bool {
        let types = self.resource_types["Resources"].as_array();
        types.is_none_or(|types| types.iter().any(|it| it["endpoint"] == "/Groups"))
    }

    fn has_enterprise(&self) -> bool {
        let types = self.resource_types["Resources"].as_array();
        types.is_none_or(|types| {
            let mut extensions = types
                .iter()
                .filter_map(|it| it["schemaExtensions"].as_array());
            extensions.any(|all| all.iter().any(|it| it["schema"] == ENTERPRISE))
        })
    }

    fn user_has(&self, name: &str) -> bool {
        let schemas = self.schemas["Resources"].as_array();
        let user = schemas.and_then(|all| all.iter().find(|schema| schema["id"] == USER));
        let attributes = user.and_then(|schema| schema["attributes"].as_array());
        attributes.is_none_or(|all| {
            let found = all.iter().find(|attribute| attribute["name"] == name);
            found.is_some_and(|attribute| attribute["mutability"] != "readOnly")
        })
    }
}
