//! PATCH (RFC 7644 §3.5.2): one engine, on a working copy, with the habits of identity providers understood.
//!
//! No operation removes what it doesn't name, and what isn't understood is refused. The result is validated once, after
//! all operations.

mod apply;
mod guard;
mod members;
mod remove;
mod request;
mod values;
mod write;

#[cfg(test)]
mod tests;

pub use request::PatchRequest;

use crate::canonical::{arrange_values, complete};
use crate::resource::{keys, validate_change};
use crate::{Error, MemberChange, Object, ResourceType, SchemaSet, Tolerances};

/// What a PATCH did.
#[derive(Clone, Debug, PartialEq)]
pub struct Patched {
    /// Whether the document is another than before; changes of members don't count.
    pub changed: bool,
    /// What the request says about a group's members, in its order.
    pub members: Vec<MemberChange>,
    /// What was forgiven, in reading the request and in applying it.
    pub tolerances: Tolerances,
}

/// Applies a request to a canonical document (without `id`, `meta` and `members`) whose resource has the id
/// `current_id`. On an error the document is in between: work on a copy.
pub fn patch(
    set: &SchemaSet,
    kind: ResourceType,
    current_id: &str,
    doc: &mut Object,
    request: &PatchRequest,
) -> Result<Patched, Error> {
    let before = doc.clone();
    let mut work = apply::Work::new(set, kind, current_id, request.strictness, doc);
    for (index, operation) in request.operations.iter().enumerate() {
        work.apply(operation)
            .map_err(|error| error.within(format_args!("operation {}", index + 1)))?;
    }
    let (members, mut tolerances) = (work.members, work.reader.tolerances);
    arrange_values(set, kind, doc);
    complete(set, kind, doc);
    validate_change(set, kind, doc, &before)?;
    keys(kind, doc, Some(&before))?;
    tolerances.merge(&request.tolerances);
    let changed = *doc != before;
    if changed {
        guard::size(&before, doc)?;
    }
    Ok(Patched {
        changed,
        members,
        tolerances,
    })
}
