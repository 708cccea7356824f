//! The body of a PATCH (RFC 7644 §3.5.2).

use serde_json::Value;

use super::values::says_something;
use crate::attr;
use crate::canonical::Reader;
use crate::json;
use crate::limits::MAX_OPERATIONS;
use crate::message::{forgive_rest, take, take_schemas};
use crate::path::Path;
use crate::{Error, ResourceType, SchemaSet, Strictness, Tolerances, quirk};

const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A PATCH that was read and whose paths are resolved, to be applied with [`patch`](crate::patch).
#[derive(Clone, Debug, PartialEq)]
pub struct PatchRequest {
    pub(super) strictness: Strictness,
    pub(super) operations: Vec<Operation>,
    pub(super) tolerances: Tolerances,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Operation {
    pub verb: Verb,
    pub path: Option<Path>,
    /// `None` where the operation has none; removals of all take null for none.
    pub value: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Add,
    Replace,
    Remove,
}

impl PatchRequest {
    /// Reads the body. Operations and their members may be in any letter case (N1).
    pub fn read(
        set: &SchemaSet,
        kind: ResourceType,
        strictness: Strictness,
        body: &[u8],
    ) -> Result<Self, Error> {
        let mut body = json::parse(body)?;
        let mut reader = Reader::new(strictness);
        take_schemas(&mut body, &mut reader, PATCH_OP)?;
        let Some(Value::Array(operations)) = take(&mut body, "Operations") else {
            return Err(Error::invalid_syntax("Operations must be an array"));
        };
        forgive_rest(&body, &mut reader, "a PATCH")?;
        if operations.is_empty() {
            let refusal = || Error::invalid_syntax("Operations is empty");
            reader.forgive(quirk::MESSAGE_ENVELOPE, refusal)?;
        }
        if operations.len() > MAX_OPERATIONS {
            let detail = format!("a PATCH has at most {MAX_OPERATIONS} operations");
            return Err(Error::too_many(detail));
        }
        let operations = operations
            .into_iter()
            .enumerate()
            .map(|(index, operation)| {
                operation_of(set, kind, &mut reader, operation)
                    .map_err(|error| error.within(format_args!("operation {}", index + 1)))
            });
        let operations = operations.collect::<Result<_, _>>()?;
        Ok(Self {
            strictness,
            operations,
            tolerances: reader.tolerances,
        })
    }
}

fn operation_of(
    set: &SchemaSet,
    kind: ResourceType,
    reader: &mut Reader,
    operation: Value,
) -> Result<Operation, Error> {
    let Value::Object(mut members) = operation else {
        return Err(Error::invalid_syntax("an operation must be an object"));
    };
    let verb = match take(&mut members, "op") {
        Some(Value::String(name)) => verb(reader, &name)?,
        _ => return Err(Error::invalid_syntax("op must be add, replace or remove")),
    };
    let path = match take(&mut members, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.trim().is_empty() => None,
        Some(Value::String(text)) => Some(path(set, kind, reader, &text)?),
        Some(_) => return Err(Error::invalid_path("path must be a string")),
    };
    let value = take(&mut members, "value");
    forgive_rest(&members, reader, "an operation")?;
    if verb != Verb::Remove && value.is_none() {
        return Err(Error::invalid_value("add and replace need a value"));
    }
    if verb == Verb::Remove && path.is_none() {
        return Err(Error::no_target("remove needs a path"));
    }
    if let (Verb::Remove, Strictness::Strict, Some(path), Some(value)) =
        (verb, reader.strictness, &path, &value)
        && says_something(value)
    {
        return Err(super::remove::needless(path, value));
    }
    Ok(Operation { verb, path, value })
}

fn path(
    set: &SchemaSet,
    kind: ResourceType,
    reader: &mut Reader,
    text: &str,
) -> Result<Path, Error> {
    let path = Path::parse(set, kind, reader, text)?;
    let urn = match &path {
        Path::Extension(urn) => Some(urn.as_str()),
        Path::Attribute(target) => target.urn.as_deref(),
    };
    if let Some(name) = attr::deviation(text, urn) {
        reader.tolerances.note(name);
    }
    Ok(path)
}

fn verb(reader: &mut Reader, name: &str) -> Result<Verb, Error> {
    let lower = name.to_ascii_lowercase();
    let verb = match lower.as_str() {
        "add" => Verb::Add,
        "replace" => Verb::Replace,
        "remove" => Verb::Remove,
        _ => {
            let detail = format!("op must be add, replace or remove, not {name:.40}");
            return Err(Error::invalid_syntax(detail));
        }
    };
    if lower != name {
        let refusal =
            || Error::invalid_syntax(format!("op must be in lower case: {lower}, not {name}"));
        reader.forgive(quirk::OPERATION_CASE, refusal)?;
    }
    Ok(verb)
}
