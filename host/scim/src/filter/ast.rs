//! What a filter is once it is parsed: everything that matching needs, and nothing that needs a schema.

use serde::{Deserialize, Serialize};

use crate::fold;
use crate::schema::{Attribute, Type};

/// A value that a filter compares with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    String(String),
    Bool(bool),
    Integer(i64),
    Decimal(f64),
    Null,
}

/// `And` and `Or` hold two or more nodes, none of their own kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Present(AttributePath),
    Compare(Comparison),
    /// `emails[…]`: one value of the attribute satisfies the filter within.
    Values(AttributePath, Box<Node>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Comparison {
    pub path: AttributePath,
    pub operator: Operator,
    pub literal: Literal,
    /// The literal's text as it is compared where letter case doesn't count; empty where it does.
    pub key: String,
}

impl Comparison {
    pub(super) fn new(path: AttributePath, operator: Operator, literal: Literal) -> Self {
        let key = match (path.collation, &literal) {
            (Collation::Folded | Collation::Untyped, Literal::String(text)) => fold(text),
            (Collation::Untyped, other) => other.to_string(),
            _ => String::new(),
        };
        Self {
            path,
            operator,
            literal,
            key,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Operator {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

/// A resolved attribute and how its values compare.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AttributePath {
    pub urn: Option<String>,
    pub name: String,
    pub sub: Option<String>,
    pub collation: Collation,
}

/// How the values of an attribute compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Collation {
    Exact,
    Folded,
    Boolean,
    Number,
    Instant,
    /// Has no value of its own to compare, only sub-attributes.
    Complex,
    /// Of an attribute that no schema declares: by what is there.
    Untyped,
}

impl Collation {
    pub(crate) fn of(attribute: &Attribute) -> Self {
        match attribute.kind {
            Type::String | Type::Reference | Type::Binary if attribute.is_case_exact() => {
                Self::Exact
            }
            Type::String | Type::Reference | Type::Binary => Self::Folded,
            Type::Boolean => Self::Boolean,
            Type::Decimal | Type::Integer => Self::Number,
            Type::DateTime => Self::Instant,
            Type::Complex => Self::Complex,
            Type::Any => Self::Untyped,
        }
    }
}

impl Node {
    /// All of them; flat, and without a list around a single one.
    pub(super) fn all(nodes: Vec<Self>) -> Self {
        let flat = nodes.into_iter().flat_map(|node| match node {
            Self::And(inner) => inner,
            other => vec![other],
        });
        Self::one_or(flat.collect(), Self::And)
    }

    /// Any of them, likewise.
    pub(super) fn any(nodes: Vec<Self>) -> Self {
        let flat = nodes.into_iter().flat_map(|node| match node {
            Self::Or(inner) => inner,
            other => vec![other],
        });
        Self::one_or(flat.collect(), Self::Or)
    }

    fn one_or(mut nodes: Vec<Self>, several: impl FnOnce(Vec<Self>) -> Self) -> Self {
        match nodes.pop() {
            Some(only) if nodes.is_empty() => only,
            Some(last) => {
                nodes.push(last);
                several(nodes)
            }
            None => several(nodes),
        }
    }
}
