//! One order of attributes, the schema's, so that the same state is the same bytes whoever sent it.

use std::sync::Arc;

use serde_json::Value;

use crate::schema::{Attribute, Type};
use crate::{Object, ResourceType, SchemaSet};

/// Puts the members of a complex value into the order of its sub-attributes; undeclared ones stay last, as they came.
pub(crate) fn arrange(object: &mut Object, attributes: &[Arc<Attribute>]) {
    let rank = |name: &str| {
        attributes
            .iter()
            .position(|attribute| attribute.name == name)
            .unwrap_or(attributes.len())
    };
    sort(object, rank);
}

/// Puts every value of a resource in order.
pub(crate) fn arrange_values(set: &SchemaSet, kind: ResourceType, doc: &mut Object) {
    for schema in set.extensions(kind) {
        if let Some(Value::Object(extension)) = doc.get_mut(&schema.id) {
            arrange_parts(extension, &schema.attributes);
            arrange(extension, &schema.attributes);
        }
    }
    arrange_parts(doc, &set.core(kind).attributes);
}

/// Drops empty extensions, adds what every resource has (its `schemas`, and whether a user is `active`), and puts the
/// attributes in order.
pub(crate) fn complete(set: &SchemaSet, kind: ResourceType, doc: &mut Object) {
    if kind == ResourceType::User && !doc.contains_key("active") {
        doc.insert("active".to_owned(), Value::Bool(true));
    }
    doc.retain(|_, value| !matches!(value, Value::Object(members) if members.is_empty()));
    declare_schemas(set, kind, doc);
    let core = &set.core(kind).attributes;
    let extensions: Vec<&str> = set
        .extensions(kind)
        .map(|schema| schema.id.as_str())
        .collect();
    sort(doc, |name| match name {
        "schemas" => 0,
        "externalId" => 1,
        _ => {
            let declared = core.iter().position(|attribute| attribute.name == name);
            let extension = || extensions.iter().position(|urn| *urn == name);
            declared
                .or_else(|| Some(core.len() + extension()?))
                .map_or(usize::MAX, |position| position + 2)
        }
    });
}

/// `schemas`: the core schema, then the extensions that hold something (RFC 7643 §3.1).
fn declare_schemas(set: &SchemaSet, kind: ResourceType, doc: &mut Object) {
    let mut schemas = vec![Value::from(kind.schema())];
    let declared = set.extensions(kind).map(|schema| schema.id.as_str());
    let present: Vec<&str> = declared.filter(|urn| doc.contains_key(*urn)).collect();
    let undeclared = doc
        .keys()
        .map(String::as_str)
        .filter(|key| crate::schema::has_urn_prefix(key) && !present.contains(key));
    schemas.extend(present.iter().copied().chain(undeclared).map(Value::from));
    doc.insert("schemas".to_owned(), Value::Array(schemas));
}

fn arrange_parts(object: &mut Object, attributes: &[Arc<Attribute>]) {
    for (name, value) in object.iter_mut() {
        let complex = attributes
            .iter()
            .find(|a| a.kind == Type::Complex && a.name == *name);
        let Some(attribute) = complex else { continue };
        match value {
            Value::Object(members) => arrange(members, &attribute.sub_attributes),
            Value::Array(values) => {
                let elements = values.iter_mut().filter_map(Value::as_object_mut);
                elements.for_each(|element| arrange(element, &attribute.sub_attributes));
            }
            _ => {}
        }
    }
}

/// Stable, and free when the order is right already.
fn sort(object: &mut Object, rank: impl Fn(&str) -> usize) {
    if object.keys().is_sorted_by_key(|name| rank(name)) {
        return;
    }
    let mut members: Vec<(usize, (String, Value))> = std::mem::take(object)
        .into_iter()
        .map(|member| (rank(&member.0), member))
        .collect();
    members.sort_by_key(|(rank, _)| *rank);
    object.extend(members.into_iter().map(|(_, member)| member));
}
