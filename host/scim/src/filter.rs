//! Filters (RFC 7644 §3.4.2.2): one grammar and one evaluator for queries, value paths of PATCH, and the
//! conditions of rules.
//!
//! Parsing resolves every attribute against the schemas, so that matching needs none: a guest parses once, stores
//! the filter, and matches it in a fresh instance.

mod ast;
mod eval;
mod lexer;
mod literal;
mod narrow;
mod parse;
mod print;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, Object, ResourceType, SchemaSet, Strictness, Tolerances};

pub use ast::Literal;
pub(crate) use ast::{AttributePath, Collation, Comparison, Node, Operator};
pub(crate) use eval::member;
use eval::{Evaluation, Subject};
pub(crate) use lexer::{Lexer, Token};
pub(crate) use parse::Parser;

/// A parsed filter. [`Display`](std::fmt::Display) prints its canonical text, which parses to the same filter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filter(pub(crate) Node);

impl Filter {
    /// Parses a filter over resources of one type.
    ///
    /// Tolerant connections may leave out the URN of an extension's attribute (`department eq "R&D"`), the quotes of
    /// a value (N16), and may put quotes around a boolean (N2). Errors are 400 `invalidFilter` and say where.
    pub fn parse(
        set: &SchemaSet,
        kind: ResourceType,
        strictness: Strictness,
        text: &str,
    ) -> Result<Self, Error> {
        Self::read(set, kind, strictness, text).map(|(filter, _)| filter)
    }

    /// The same, with what was forgiven.
    pub fn read(
        set: &SchemaSet,
        kind: ResourceType,
        strictness: Strictness,
        text: &str,
    ) -> Result<(Self, Tolerances), Error> {
        let (node, tolerances) = Parser::over_resource(set, kind, strictness, text)?.finish()?;
        Ok((Self(node), tolerances))
    }

    /// [`Self::read`] of a query over all resource types (RFC 7644 §3.4.2.1), for the resources of one of them: it
    /// may name attributes that only others have, and treats them as absent.
    pub fn read_at_root(
        set: &SchemaSet,
        kind: ResourceType,
        strictness: Strictness,
        text: &str,
    ) -> Result<(Self, Tolerances), Error> {
        let (node, tolerances) = Parser::over_root(set, kind, strictness, text)?.finish()?;
        Ok((Self(node), tolerances))
    }

    /// Whether the rendered resource (with `id`, `meta`, and `members` or `groups` where the filter mentions them)
    /// satisfies the filter.
    pub fn matches(&self, resource: &Object) -> bool {
        self.judge(resource).0
    }

    /// [`Self::matches`], and what it took: the text that was compared, in bytes, with something for each comparison.
    pub fn judge(&self, resource: &Object) -> (bool, usize) {
        let mut evaluation = Evaluation::default();
        let matches = evaluation.matches(&self.0, Subject::Object(resource));
        (matches, evaluation.steps)
    }

    /// Whether a value of a multi-valued attribute satisfies the filter of a value path.
    pub(crate) fn matches_value(&self, value: &Value) -> bool {
        Evaluation::default().matches(&self.0, Subject::from(value))
    }

    /// Equalities that every match satisfies, by canonical path (`userName`, `emails.value`,
    /// `urn:…:User:department`): what an index can be chosen from. Those within one value path are listed one by one.
    pub fn required_equalities(&self) -> Vec<(String, &Literal)> {
        let mut found = Vec::new();
        collect_equalities(&self.0, None, &mut found);
        found
    }

    /// How many comparisons it holds.
    pub fn terms(&self) -> usize {
        terms(&self.0)
    }

    /// Whether the filter looks at an attribute, by its top-level name (`members`).
    pub fn mentions(&self, attribute: &str) -> bool {
        terms_about(&self.0, attribute) > 0
    }

    /// Whether all it asks about an attribute is one comparison.
    pub fn mentions_once(&self, attribute: &str) -> bool {
        terms_about(&self.0, attribute) == 1
    }
}

fn collect_equalities<'f>(
    node: &'f Node,
    within: Option<&AttributePath>,
    found: &mut Vec<(String, &'f Literal)>,
) {
    match node {
        Node::And(nodes) => nodes
            .iter()
            .for_each(|node| collect_equalities(node, within, found)),
        Node::Values(path, filter) => collect_equalities(filter, Some(path), found),
        Node::Compare(Comparison {
            path,
            operator: Operator::Eq,
            literal,
            ..
        }) if *literal != Literal::Null => {
            let path = match within {
                Some(outer) => format!("{outer}.{path}"),
                None => path.to_string(),
            };
            found.push((path, literal));
        }
        Node::Compare(_) | Node::Or(_) | Node::Not(_) | Node::Present(_) => {}
    }
}

fn terms(node: &Node) -> usize {
    match node {
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().map(terms).sum(),
        Node::Not(node) | Node::Values(_, node) => terms(node),
        Node::Present(_) | Node::Compare(_) => 1,
    }
}

fn terms_about(node: &Node, attribute: &str) -> usize {
    let about = |path: &AttributePath| path.name.eq_ignore_ascii_case(attribute);
    match node {
        Node::And(nodes) | Node::Or(nodes) => {
            let terms = nodes.iter().map(|node| terms_about(node, attribute));
            terms.sum()
        }
        Node::Not(node) => terms_about(node, attribute),
        Node::Values(path, node) if about(path) => terms(node),
        Node::Present(path) | Node::Compare(Comparison { path, .. }) => usize::from(about(path)),
        Node::Values(..) => 0,
    }
}
