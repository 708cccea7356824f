//! May somebody do something? Answered from the access in force.

use rolecall_store::AccessItem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::context::parse;
use crate::error::{Problem, problem};
use crate::manage::Operator;

/// One question: exactly one of `role`, `permission`, `feature`, or `action` with `object`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Check {
    /// Id of the user.
    pub user: String,
    /// Key of the tenant.
    pub tenant: String,
    pub role: Option<String>,
    pub permission: Option<String>,
    pub feature: Option<String>,
    pub action: Option<String>,
    /// `TYPE:ID`
    pub object: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Checked {
    pub allowed: bool,
    /// Why, for people.
    pub reason: String,
    /// For programs: `granted`, `unknown_user`, `inactive`, `not_placed`, `not_granted`.
    pub code: &'static str,
}

enum Question {
    Role(String),
    Permission(String),
    Feature(String),
    OnObject { action: String, object: String },
}

impl Check {
    fn question(self) -> Result<Question, Problem> {
        match (
            self.role,
            self.permission,
            self.feature,
            self.action,
            self.object,
        ) {
            (Some(role), None, None, None, None) => Ok(Question::Role(role)),
            (None, Some(permission), None, None, None) => Ok(Question::Permission(permission)),
            (None, None, Some(feature), None, None) => Ok(Question::Feature(feature)),
            (None, None, None, Some(action), Some(object)) => {
                Ok(Question::OnObject { action, object })
            }
            _ => Err(Problem::refused(
                "ambiguous_check",
                "Ask one thing: role, permission, feature, or action together with object.",
            )),
        }
    }
}

impl Operator {
    pub async fn check(&self, check: Check) -> Result<Checked, Problem> {
        for (pointer, value) in [("/user", &check.user), ("/tenant", &check.tenant)] {
            if value.is_empty() {
                return Err(Problem::field(
                    pointer,
                    "missing",
                    "This field is required.",
                ));
            }
        }
        let (user, tenant) = (check.user.clone(), check.tenant.clone());
        let question = check.question()?;
        let access = self
            .environment
            .access(&user, Some(&tenant))
            .await
            .map_err(problem("user"))?;
        if !access.iter().any(AccessItem::is_placement) {
            return self.nowhere(&user, &tenant).await;
        }
        let granted = match &question {
            Question::Role(role) => find(&access, "role", role, None),
            Question::Feature(feature) => find(&access, "feature", feature, None),
            Question::Permission(permission) => {
                match find(&access, "permission", permission, None) {
                    Some(direct) => Some(direct),
                    None => self.by_role(&access, permission).await?,
                }
            }
            Question::OnObject { action, object } => {
                find(&access, "permission", action, Some(object))
            }
        };
        Ok(match granted {
            Some(item) => Checked {
                allowed: true,
                reason: item.reason.clone(),
                code: "granted",
            },
            None => Checked {
                allowed: false,
                reason: format!("Nothing the user holds in {tenant:?} gives this."),
                code: "not_granted",
            },
        })
    }

    /// A role that carries the permission, by the catalogue.
    async fn by_role<'a>(
        &self,
        access: &'a [AccessItem],
        permission: &str,
    ) -> Result<Option<&'a AccessItem>, Problem> {
        let text = self
            .environment
            .catalog()
            .await
            .map_err(problem("catalogue"))?;
        let catalogue: crate::catalogue::Catalogue =
            parse("catalogue", &text).map_err(problem("catalogue"))?;
        let carries = |item: &&AccessItem| {
            item.kind == "role"
                && catalogue.roles.iter().any(|role| {
                    role.key == item.name && role.permissions.iter().any(|it| it == permission)
                })
        };
        Ok(access.iter().find(carries))
    }

    /// Why somebody has no place in a tenant.
    async fn nowhere(&self, user: &str, tenant: &str) -> Result<Checked, Problem> {
        let denied = |code, reason: String| Checked {
            allowed: false,
            reason,
            code,
        };
        match self.environment.user(user).await {
            Err(rolecall_store::Error::NotFound) => Ok(denied(
                "unknown_user",
                format!("There is no user {user:?} here."),
            )),
            Err(error) => Err(problem("user")(error)),
            Ok(row) if row.active == 0 => Ok(denied(
                "inactive",
                "The identity provider deactivated the user.".to_owned(),
            )),
            Ok(_) => Ok(denied(
                "not_placed",
                format!("The user has no place in {tenant:?}."),
            )),
        }
    }
}

fn find<'a>(
    access: &'a [AccessItem],
    kind: &str,
    name: &str,
    object: Option<&str>,
) -> Option<&'a AccessItem> {
    access
        .iter()
        .find(|item| item.kind == kind && item.name == name && item.object.as_deref() == object)
}
