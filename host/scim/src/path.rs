//! Paths of PATCH operations (RFC 7644 §3.5.2, figure 7): an attribute, possibly some of its values, possibly a part
//! of them.

use std::sync::Arc;

use crate::attr::{self, Resolved, Target};
use crate::canonical::Reader;
use crate::filter::{Filter, Lexer, Node, Parser, Token};
use crate::limits::MAX_FILTER_LENGTH;
use crate::schema::Attribute;
use crate::{Error, ResourceType, SchemaSet};

#[cfg(test)]
mod tests;

/// Where an operation acts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Path {
    /// A whole extension, by its URN.
    Extension(String),
    Attribute(AttributeTarget),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AttributeTarget {
    /// The extension that the attribute lives in.
    pub urn: Option<String>,
    pub attribute: Arc<Attribute>,
    /// Which of its values.
    pub filter: Option<Filter>,
    pub sub: Option<Arc<Attribute>>,
}

impl Path {
    /// Parses a path; errors are 400 `invalidPath`. The reader says how strictly, and counts what the filter of a
    /// value path was forgiven.
    pub(crate) fn parse(
        set: &SchemaSet,
        kind: ResourceType,
        reader: &mut Reader,
        text: &str,
    ) -> Result<Self, Error> {
        parse(set, kind, reader, text).map_err(|error| Error::invalid_path(error.detail))
    }
}

fn parse(
    set: &SchemaSet,
    kind: ResourceType,
    reader: &mut Reader,
    text: &str,
) -> Result<Path, Error> {
    if text.len() > MAX_FILTER_LENGTH {
        let detail = format!("the path is longer than {MAX_FILTER_LENGTH} bytes");
        return Err(Error::invalid_path(detail));
    }
    let unknown = |name: &str| Error::invalid_path(format!("there is no attribute {name:.100}"));
    let mut lexer = Lexer::new(text);
    let Some(Token::Word(word)) = lexer.next()? else {
        return Err(Error::invalid_path("a path begins with an attribute"));
    };
    let target = match attr::resolve(set, kind, reader.strictness, word) {
        None => return Err(unknown(word)),
        Some(Target::Extension(urn)) => {
            at_end(&lexer)?;
            return Ok(Path::Extension(urn));
        }
        Some(Target::Attribute(Resolved {
            urn,
            attribute,
            sub,
        })) => AttributeTarget {
            urn,
            attribute,
            filter: None,
            sub,
        },
    };
    if lexer.peek()?.is_none() {
        return Ok(Path::Attribute(target));
    }
    let (filter, rest) = value_filter(lexer, &target, reader)?;
    let mut lexer = rest;
    let filter = Some(Filter(filter));
    if lexer.peek()?.is_none() {
        return Ok(Path::Attribute(AttributeTarget { filter, ..target }));
    }
    let name = match lexer.next()? {
        Some(Token::Word(word)) => word.strip_prefix('.'),
        _ => None,
    };
    at_end(&lexer)?;
    let name =
        name.ok_or_else(|| Error::invalid_path("a value path is followed by \".\" and a name"))?;
    let sub = attr::sub_attribute(&target.attribute, name).ok_or_else(|| unknown(name))?;
    Ok(Path::Attribute(AttributeTarget {
        filter,
        sub: Some(sub),
        ..target
    }))
}

/// `[…]` behind the attribute.
fn value_filter<'t>(
    mut lexer: Lexer<'t>,
    target: &AttributeTarget,
    reader: &mut Reader,
) -> Result<(Node, Lexer<'t>), Error> {
    if target.sub.is_some() || lexer.next()? != Some(Token::OpenBracket) {
        return Err(Error::invalid_path(
            "only \"[\" can follow an attribute in a path",
        ));
    }
    let (node, forgiven, rest) =
        Parser::within_brackets(lexer, &target.attribute, reader.strictness)?;
    reader.tolerances.merge(&forgiven);
    Ok((node, rest))
}

fn at_end(lexer: &Lexer<'_>) -> Result<(), Error> {
    match lexer.peek()? {
        None => Ok(()),
        Some(_) => Err(Error::invalid_path("the path goes on after its end")),
    }
}
