//! Operations on the members of a group: never applied to the document, handed to whoever keeps the rows.

use std::collections::HashSet;

use serde_json::Value;

use super::request::Verb;
use super::values::says_something;
use crate::canonical::Reader;
use crate::filter::{Comparison, Filter, Literal, Node, Operator};
use crate::members::from_values;
use crate::path::AttributeTarget;
use crate::{Error, Member, MemberChange};

/// The change an operation asks for; `None`: it asks for nothing.
pub(super) fn change(
    reader: &mut Reader,
    verb: Verb,
    target: &AttributeTarget,
    value: Option<Value>,
) -> Result<Option<MemberChange>, Error> {
    match (verb, &target.filter, &target.sub) {
        (Verb::Add, None, None) => {
            let members = read(reader, target, value)?;
            Ok((!members.is_empty()).then_some(MemberChange::Add(members)))
        }
        (Verb::Replace, None, None) => {
            Ok(Some(MemberChange::Replace(read(reader, target, value)?)))
        }
        (Verb::Remove, None, None) => remove(reader, target, value).map(Some),
        (Verb::Remove, Some(filter), None) => {
            let change = remove_where(filter);
            match value.filter(says_something) {
                None => Ok(Some(change)),
                Some(value) => listed_of(reader, target, change, value).map(Some),
            }
        }
        (_, Some(_), None) => Err(Error::mutability(
            "members can be added or removed, not changed",
        )),
        (_, _, Some(sub)) => {
            let detail = format!(
                "members.{} can't be changed: add or remove members",
                sub.name
            );
            Err(Error::mutability(detail))
        }
    }
}

/// Who is listed goes, and nobody else: an empty list removes nobody (N8).
fn remove(
    reader: &mut Reader,
    target: &AttributeTarget,
    value: Option<Value>,
) -> Result<MemberChange, Error> {
    if value.as_ref().is_none_or(Value::is_null) {
        return Ok(MemberChange::RemoveAll);
    }
    reader.forgive_list(&target.attribute)?;
    let members = read(reader, target, value)?;
    Ok(MemberChange::Remove(
        members.into_iter().map(|member| member.value).collect(),
    ))
}

/// Of those whom the path names, who is listed.
fn listed_of(
    reader: &mut Reader,
    target: &AttributeTarget,
    change: MemberChange,
    value: Value,
) -> Result<MemberChange, Error> {
    let MemberChange::Remove(mut named) = change else {
        return Err(Error::invalid_value(
            "a removal names members in its path or in its value: members[value eq \"…\"]",
        ));
    };
    reader.forgive_list(&target.attribute)?;
    let listed = read(reader, target, Some(value))?;
    let listed: HashSet<String> = listed.into_iter().map(|member| member.value).collect();
    named.retain(|id| listed.contains(id));
    Ok(MemberChange::Remove(named))
}

fn read(
    reader: &mut Reader,
    target: &AttributeTarget,
    value: Option<Value>,
) -> Result<Vec<Member>, Error> {
    let items = match value.unwrap_or_default() {
        Value::Null => Vec::new(),
        Value::Array(items) => items,
        single => vec![single],
    };
    from_values(reader.elements(&target.attribute, items)?)
}

/// `members[value eq "x"]`, possibly several with `or`, names its members; anything else has to look at them.
fn remove_where(filter: &Filter) -> MemberChange {
    let nodes = match &filter.0 {
        Node::Or(nodes) => nodes.as_slice(),
        node => std::slice::from_ref(node),
    };
    let named: Option<Vec<String>> = nodes.iter().map(named).collect();
    named.map_or_else(
        || MemberChange::RemoveWhere(filter.clone()),
        MemberChange::Remove,
    )
}

fn named(node: &Node) -> Option<String> {
    match node {
        Node::Compare(Comparison {
            path,
            operator: Operator::Eq,
            literal: Literal::String(id),
            ..
        }) if path.name == "value" => Some(id.clone()),
        _ => None,
    }
}
