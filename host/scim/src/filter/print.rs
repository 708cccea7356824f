//! Canonical text of a filter: what it was parsed from, up to letter case, URNs and parentheses.

use std::fmt::{self, Display, Formatter};

use super::{AttributePath, Comparison, Filter, Literal, Node};

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(nodes) => join(f, nodes, " and "),
            Self::Or(nodes) => join(f, nodes, " or "),
            Self::Not(node) => write!(f, "not ({node})"),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Compare(Comparison {
                path,
                operator,
                literal,
                ..
            }) => {
                write!(f, "{path} {} {literal}", operator.as_str())
            }
            Self::Values(path, filter) => write!(f, "{path}[{filter}]"),
        }
    }
}

fn join(f: &mut Formatter<'_>, nodes: &[Node], separator: &str) -> fmt::Result {
    for (index, node) in nodes.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        match node {
            Node::And(_) | Node::Or(_) => write!(f, "({node})")?,
            _ => node.fmt(f)?,
        }
    }
    Ok(())
}

impl Display for AttributePath {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.urn {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.name)?;
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Self::Bool(value) => value.fmt(f),
            Self::Integer(number) => number.fmt(f),
            // Debug keeps the point of 3.0, without which it would be an integer.
            Self::Decimal(number) => write!(f, "{number:?}"),
            Self::Null => f.write_str("null"),
        }
    }
}
