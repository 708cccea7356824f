//! Members as groups are answered and judged with. A group may have 100,000: they are read where they are asked for, and
//! nowhere else.

use std::collections::HashMap;

use rolecall_scim::{Error as ScimError, Object};
use rolecall_store::{MemberRow, ResourceRow};
use serde_json::{Value, json};

use crate::context::Context;
use crate::error::scim_error;

/// Members in one answer of several groups, or groups in one of several users: it is built in memory.
pub(super) const MOST: usize = 200_000;

/// Members of groups to read.
#[derive(Clone, Copy)]
pub(crate) enum Members<'a> {
    Nobody,
    /// Those of these ids that are members.
    Named(&'a [String]),
    All,
}

/// The values of `members` by group; of no group, where nobody is wanted. Where all are, it ends before the group with
/// which they would be more than [`MOST`], but not before the first.
pub(super) async fn read<'r>(
    context: &Context,
    rows: &'r [ResourceRow],
    wanted: Members<'_>,
) -> Result<HashMap<&'r str, Vec<Value>>, ScimError> {
    let connection = &context.connection;
    let mut values = HashMap::with_capacity(rows.len());
    match wanted {
        Members::Nobody => {}
        Members::Named(ids) => {
            values.extend(rows.iter().map(|row| (row.id.as_str(), vec![])));
            let groups: Vec<&str> = values.keys().copied().collect();
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let found = connection.members_of_each(&groups, &ids).await;
            for (group, member) in found.map_err(scim_error)? {
                if let Some(values) = values.get_mut(&*group) {
                    values.push(value(&context.scim_url, &member));
                }
            }
        }
        Members::All => {
            let mut read = 0;
            for row in rows {
                let members = connection.members(&row.id).await.map_err(scim_error)?;
                read += members.len();
                if read > MOST && !values.is_empty() {
                    break;
                }
                let members = members.iter().map(|it| value(&context.scim_url, it));
                values.insert(row.id.as_str(), members.collect());
            }
        }
    }
    Ok(values)
}

/// Puts members into a rendered group, where [`App::complete`](crate::App::complete) has them: before `meta`.
pub(super) fn put(group: &mut Object, members: Vec<Value>) {
    let meta = group.shift_remove("meta");
    group.insert("members".to_owned(), Value::Array(members));
    if let Some(meta) = meta {
        group.insert("meta".to_owned(), meta);
    }
}

/// RFC 7643 §4.2 `members`.
fn value(scim_url: &str, member: &MemberRow) -> Value {
    let endpoint = if member.kind == "Group" {
        "/Groups"
    } else {
        "/Users"
    };
    let mut value = json!({
        "value": member.member_id,
        "$ref": format!("{scim_url}{endpoint}/{}", member.member_id),
        "type": member.kind,
    });
    if let Some(display) = &member.display {
        value["display"] = json!(display);
    }
    value
}
