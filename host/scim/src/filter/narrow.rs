//! What a filter says about its matches before one is read: where an index may look, and what is left to read.

use std::ops::RangeInclusive;

use super::{AttributePath, Collation, Comparison, Filter, Literal, Node, Operator};
use crate::canonical::instant;

impl Filter {
    /// The ids of the members that it makes a difference to have, over groups: who else is in a group need not be
    /// known to judge it. None: anybody may make one.
    pub fn members_named(&self) -> Option<Vec<&str>> {
        let mut ids = Vec::new();
        named(&self.0, "members", &mut ids)?;
        Some(distinct(ids))
    }

    /// The same for a filter over the values of an attribute, as in `members[value eq "…"]`.
    pub fn values_named(&self) -> Option<Vec<&str>> {
        of_value(&self.0).map(distinct)
    }

    /// Milliseconds since 1970, the first and the last included, between which `meta.lastModified` of every match
    /// lies; there may be others there. None: the filter says nothing about it.
    pub fn modified_within(&self) -> Option<RangeInclusive<i64>> {
        modified(&self.0)
    }
}

fn distinct(mut ids: Vec<&str>) -> Vec<&str> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Collects the values of a multi-valued attribute that the filter asks for by name; None where it asks for others.
fn named<'f>(node: &'f Node, attribute: &str, ids: &mut Vec<&'f str>) -> Option<()> {
    let about = |path: &AttributePath| path.urn.is_none() && path.name == attribute;
    match node {
        Node::And(nodes) | Node::Or(nodes) => nodes
            .iter()
            .try_for_each(|node| named(node, attribute, ids)),
        Node::Not(node) => named(node, attribute, ids),
        Node::Values(path, filter) if about(path) => {
            ids.extend(of_value(filter)?);
            Some(())
        }
        Node::Compare(comparison) if about(&comparison.path) => {
            let own = matches!(comparison.path.sub.as_deref(), None | Some("value"));
            ids.push(equal_to(comparison).filter(|_| own)?);
            Some(())
        }
        Node::Present(path) if about(path) => None,
        Node::Values(..) | Node::Compare(_) | Node::Present(_) => Some(()),
    }
}

/// The `value`s one of which every match of a filter within a value path has.
fn of_value(node: &Node) -> Option<Vec<&str>> {
    match node {
        Node::And(nodes) => nodes.iter().find_map(of_value),
        Node::Or(nodes) => {
            let all: Option<Vec<_>> = nodes.iter().map(of_value).collect();
            Some(all?.concat())
        }
        Node::Compare(comparison) if comparison.path.name == "value" => {
            equal_to(comparison).map(|id| vec![id])
        }
        Node::Compare(_) | Node::Present(_) | Node::Not(_) | Node::Values(..) => None,
    }
}

fn equal_to(comparison: &Comparison) -> Option<&str> {
    match comparison {
        Comparison {
            path:
                AttributePath {
                    collation: Collation::Exact,
                    ..
                },
            operator: Operator::Eq,
            literal: Literal::String(value),
            ..
        } => Some(value),
        _ => None,
    }
}

fn modified(node: &Node) -> Option<RangeInclusive<i64>> {
    match node {
        Node::And(nodes) => nodes
            .iter()
            .filter_map(modified)
            .reduce(|one, other| *one.start().max(other.start())..=*one.end().min(other.end())),
        Node::Compare(Comparison {
            path,
            operator,
            literal: Literal::String(time),
            ..
        }) if path.urn.is_none()
            && path.name == "meta"
            && path.sub.as_deref() == Some("lastModified") =>
        {
            // Stored times have milliseconds: one more each way holds whatever is finer.
            let time = instant(time)?.as_millisecond();
            let (least, most) = (time - 1, time + 1);
            match operator {
                Operator::Gt | Operator::Ge => Some(least..=i64::MAX),
                Operator::Lt | Operator::Le => Some(i64::MIN..=most),
                Operator::Eq => Some(least..=most),
                Operator::Ne | Operator::Co | Operator::Sw | Operator::Ew => None,
            }
        }
        _ => None,
    }
}
