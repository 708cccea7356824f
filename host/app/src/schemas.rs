//! The schemas of a connection: the standard ones, and those that its operator declared.

use std::collections::BTreeMap;

use rolecall_scim::schema::Schema;
use rolecall_scim::{ResourceType, SchemaSet};
use rolecall_store::{ConnectionRow, Error as StoreError, SchemaRow};
use serde_json::Value;

use crate::context::parse;

/// The values of `undeclared_extensions`.
pub(crate) const KEEP: &str = "keep";
pub(crate) const REFUSE: &str = "refuse";

/// What `rows` add to the standard schemas. A connection's own declaration, which comes later, takes the place of its
/// environment's.
pub(crate) fn in_force(
    connection: &ConnectionRow,
    rows: &[SchemaRow],
) -> Result<SchemaSet, StoreError> {
    let undeclared = connection.undeclared_extensions.as_deref();
    let declared = declared(rows)?;
    Ok(match undeclared {
        None => declared,
        Some(undeclared) => declared.keeping_undeclared(undeclared == KEEP),
    })
}

/// The standard schemas and the rows', without a copy where there are none.
pub(crate) fn declared(rows: &[SchemaRow]) -> Result<SchemaSet, StoreError> {
    let by_urn: BTreeMap<&str, &SchemaRow> = rows.iter().map(|row| (&*row.urn, row)).collect();
    let mut set = SchemaSet::standard().clone();
    for row in by_urn.into_values() {
        let (kind, schema) = read(row)?;
        set = set
            .with_extension(kind, schema)
            .map_err(|error| StoreError::Internal(format!("a stored schema: {error}")))?;
    }
    Ok(set)
}

pub(crate) fn read(row: &SchemaRow) -> Result<(ResourceType, Schema), StoreError> {
    let kind = Value::from(&*row.resource_type).to_string();
    Ok((
        parse("resource type", &kind)?,
        parse("schema", &row.schema)?,
    ))
}
