//! Recursive descent over the grammar of RFC 7644 §3.4.2.2, figure 1.

use std::sync::Arc;

use super::{AttributePath, Collation, Comparison, Lexer, Literal, Node, Operator, Token};
use crate::attr::{self, Target};
use crate::limits::{MAX_FILTER_DEPTH, MAX_FILTER_LENGTH, MAX_FILTER_TERMS};
use crate::schema::{Attribute, Type};
use crate::{Error, ResourceType, SchemaSet, Strictness, Tolerances, quirk};

/// What attribute names are names of.
#[derive(Clone)]
enum Scope<'s> {
    Resource(&'s SchemaSet, ResourceType),
    /// Of a resource type, or else of any other: one query over all of them.
    Root(&'s SchemaSet, ResourceType),
    Values(Arc<Attribute>),
}

/// Reads one filter, or the filter within one value path.
pub(crate) struct Parser<'s, 't> {
    lexer: Lexer<'t>,
    scope: Scope<'s>,
    strictness: Strictness,
    tolerances: Tolerances,
    depth: usize,
    terms: usize,
}

impl<'s, 't> Parser<'s, 't> {
    pub(crate) fn over_resource(
        set: &'s SchemaSet,
        kind: ResourceType,
        strictness: Strictness,
        text: &'t str,
    ) -> Result<Self, Error> {
        if text.len() > MAX_FILTER_LENGTH {
            return Err(Error::invalid_filter(format!(
                "the filter is longer than {MAX_FILTER_LENGTH} bytes"
            )));
        }
        Ok(Self {
            lexer: Lexer::new(text),
            scope: Scope::Resource(set, kind),
            strictness,
            tolerances: Tolerances::default(),
            depth: 0,
            terms: 0,
        })
    }

    /// The same in a query over all resource types (RFC 7644 §3.4.2.1): what another one has is no mistake, just
    /// never there.
    pub(crate) fn over_root(
        set: &'s SchemaSet,
        kind: ResourceType,
        strictness: Strictness,
        text: &'t str,
    ) -> Result<Self, Error> {
        let scope = Scope::Root(set, kind);
        Ok(Self {
            scope,
            ..Self::over_resource(set, kind, strictness, text)?
        })
    }

    /// The whole text is one filter.
    pub(crate) fn finish(mut self) -> Result<(Node, Tolerances), Error> {
        let node = self.or()?;
        match self.lexer.peek()? {
            None => Ok((node, self.tolerances)),
            Some(_) => Err(self.expected("the end, \"and\" or \"or\"")),
        }
    }

    /// What follows an opening bracket, up to and with the closing one; and what comes behind it.
    pub(crate) fn within_brackets(
        lexer: Lexer<'t>,
        attribute: &Arc<Attribute>,
        strictness: Strictness,
    ) -> Result<(Node, Tolerances, Lexer<'t>), Error> {
        let scope = Scope::Values(Arc::clone(attribute));
        let mut parser = Self {
            lexer,
            scope,
            strictness,
            tolerances: Tolerances::default(),
            depth: 1,
            terms: 0,
        };
        let node = parser.or()?;
        parser.expect(&Token::CloseBracket, "\"]\"")?;
        Ok((node, parser.tolerances, parser.lexer))
    }

    fn or(&mut self) -> Result<Node, Error> {
        let mut nodes = vec![self.and()?];
        while self.take_keyword("or")? {
            nodes.push(self.and()?);
        }
        Ok(Node::any(nodes))
    }

    fn and(&mut self) -> Result<Node, Error> {
        let mut nodes = vec![self.term()?];
        while self.take_keyword("and")? {
            nodes.push(self.term()?);
        }
        Ok(Node::all(nodes))
    }

    fn term(&mut self) -> Result<Node, Error> {
        let start = self.lexer.clone();
        match self.lexer.next()? {
            Some(Token::Open) => self.group(),
            Some(Token::Word(word)) => {
                let negates = word.eq_ignore_ascii_case("not");
                if negates && self.lexer.peek()? == Some(Token::Open) {
                    self.lexer.next()?;
                    return Ok(Node::Not(Box::new(self.group()?)));
                }
                self.comparison(word)
            }
            _ => {
                self.lexer = start;
                Err(self.expected("an attribute, \"not\" or \"(\""))
            }
        }
    }

    /// What follows an opening parenthesis, up to and with the closing one.
    fn group(&mut self) -> Result<Node, Error> {
        self.enter()?;
        let node = self.or()?;
        self.expect(&Token::Close, "\")\"")?;
        self.depth -= 1;
        Ok(node)
    }

    fn comparison(&mut self, word: &str) -> Result<Node, Error> {
        self.terms += 1;
        if self.terms > MAX_FILTER_TERMS {
            return Err(Error::invalid_filter(format!(
                "the filter has more than {MAX_FILTER_TERMS} comparisons"
            )));
        }
        let (path, attribute) = self.attribute(word)?;
        if self.lexer.peek()? == Some(Token::OpenBracket) {
            return self.values(path, &attribute);
        }
        self.condition(path, &attribute)
    }

    /// `emails[…]`, and the `.value eq "x"` that Entra puts behind it.
    fn values(&mut self, path: AttributePath, attribute: &Arc<Attribute>) -> Result<Node, Error> {
        if path.sub.is_some() || matches!(self.scope, Scope::Values(_)) {
            return Err(self.expected("an operator, since a value path can't be nested"));
        }
        self.lexer.next()?;
        self.enter()?;
        let outer = std::mem::replace(&mut self.scope, Scope::Values(Arc::clone(attribute)));
        let mut inner = self.or()?;
        self.expect(&Token::CloseBracket, "\"]\"")?;
        if self.lexer.continues()
            && let Some(Token::Word(word)) = self.lexer.peek()?
        {
            let name = word
                .strip_prefix('.')
                .ok_or_else(|| self.expected("\".\" or a space"))?;
            self.lexer.next()?;
            let (sub_path, sub_attribute) = self.attribute(name)?;
            let condition = self.condition(sub_path, &sub_attribute)?;
            inner = Node::all(vec![inner, condition]);
        }
        self.scope = outer;
        self.depth -= 1;
        Ok(Node::Values(path, Box::new(inner)))
    }

    /// `pr`, or an operator and a value.
    fn condition(&mut self, mut path: AttributePath, attribute: &Attribute) -> Result<Node, Error> {
        let start = self.lexer.clone();
        let Some(Token::Word(word)) = self.lexer.next()? else {
            self.lexer = start;
            return Err(self.expected(&format!("an operator after {path}")));
        };
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Node::Present(path));
        }
        let Some(operator) = Operator::read(word) else {
            self.lexer = start;
            return Err(self.expected(&format!("an operator after {path}")));
        };
        if path.collation == Collation::Complex {
            // `manager eq "x"` compares the value (RFC 7643 §2.4).
            let value = attribute.sub_attribute("value").ok_or_else(|| {
                Error::invalid_filter(format!(
                    "{path} is complex: compare one of its sub-attributes"
                ))
            })?;
            path.sub = Some(value.name.clone());
            path.collation = Collation::of(value);
        }
        let value_at = self.lexer.position();
        let token = self.lexer.next()?.ok_or_else(|| {
            Error::invalid_filter(format!(
                "{path} {} is not followed by a value",
                operator.as_str()
            ))
        })?;
        let literal = Literal::read(&token, path.collation, self.strictness).ok_or_else(|| {
            Error::invalid_filter(format!(
                "the value at character {} can't be compared with {path}",
                value_at + 1
            ))
        })?;
        let forgiven = match (&token, &literal) {
            (Token::Word(_), Literal::String(_)) => Some(quirk::BARE_FILTER_VALUE),
            (Token::Quoted(_), Literal::Bool(_)) => Some(quirk::STRING_BOOLEAN),
            (Token::Quoted(_), Literal::Integer(_) | Literal::Decimal(_)) => {
                Some(quirk::SCALAR_TYPE)
            }
            _ => None,
        };
        if let Some(name) = forgiven {
            self.tolerances.note(name);
        }
        if !operator.applies(path.collation, &literal) {
            return Err(Error::invalid_filter(format!(
                "{path} can't be compared with \"{}\"",
                operator.as_str()
            )));
        }
        Ok(Node::Compare(Comparison::new(path, operator, literal)))
    }

    /// Resolves a name; the attribute returned is the sub-attribute where one is named.
    fn attribute(&mut self, word: &str) -> Result<(AttributePath, Arc<Attribute>), Error> {
        let unknown = || Error::invalid_filter(format!("there is no attribute {}", clip(word)));
        let (urn, attribute, sub) = match &self.scope {
            Scope::Resource(set, kind) => match attr::resolve(set, *kind, self.strictness, word) {
                Some(Target::Attribute(found)) => (found.urn, found.attribute, found.sub),
                Some(Target::Extension(_)) | None => return Err(unknown()),
            },
            Scope::Root(set, kind) => {
                match attr::resolve_at_root(set, *kind, self.strictness, word) {
                    Some(Target::Attribute(found)) => (found.urn, found.attribute, found.sub),
                    Some(Target::Extension(_)) | None => return Err(unknown()),
                }
            }
            Scope::Values(of) => (None, name_within(of, word).ok_or_else(unknown)?, None),
        };
        let named = [Some(&attribute), sub.as_ref()];
        if named.into_iter().flatten().any(|it| it.is_never_returned()) {
            return Err(unknown());
        }
        let undeclared = || {
            (urn.is_some() && attribute.kind == Type::Any).then_some(quirk::UNDECLARED_EXTENSION)
        };
        if let Some(name) = attr::deviation(word, urn.as_deref()).or_else(undeclared) {
            self.tolerances.note(name);
        }
        let path = AttributePath {
            urn,
            name: attribute.name.clone(),
            sub: sub.as_ref().map(|sub| sub.name.clone()),
            collation: Collation::of(sub.as_ref().unwrap_or(&attribute)),
        };
        Ok((path, sub.unwrap_or(attribute)))
    }

    fn enter(&mut self) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_FILTER_DEPTH {
            return Err(Error::invalid_filter(format!(
                "the filter is nested deeper than {MAX_FILTER_DEPTH} levels"
            )));
        }
        Ok(())
    }

    fn take_keyword(&mut self, keyword: &str) -> Result<bool, Error> {
        let found = matches!(self.lexer.peek()?,
            Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        if found {
            self.lexer.next()?;
        }
        Ok(found)
    }

    fn expect(&mut self, token: &Token<'_>, name: &str) -> Result<(), Error> {
        if self.lexer.peek()?.as_ref() != Some(token) {
            return Err(self.expected(name));
        }
        self.lexer.next().map(|_| ())
    }

    fn expected(&self, what: &str) -> Error {
        Error::invalid_filter(format!(
            "expected {what} at character {}",
            self.lexer.position() + 1
        ))
    }
}

/// A name within brackets; `value` is the value itself where the attribute isn't complex.
fn name_within(of: &Arc<Attribute>, word: &str) -> Option<Arc<Attribute>> {
    if !matches!(of.kind, Type::Complex | Type::Any) && word.eq_ignore_ascii_case("value") {
        return Some(Arc::new(Attribute {
            name: "value".to_owned(),
            ..Attribute::clone(of)
        }));
    }
    attr::sub_attribute(of, word)
}

/// Client text that is quoted in a sentence.
fn clip(text: &str) -> String {
    const LONGEST: usize = 100;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}
