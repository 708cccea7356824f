//! The value a filter compares with, as its attribute's type wants it.

use serde_json::{Number, Value};

use super::{Collation, Literal, Operator, Token};
use crate::Strictness;

impl Literal {
    /// Reads a token as a value of the attribute; `None`: it can't be one.
    pub(super) fn read(
        token: &Token<'_>,
        collation: Collation,
        strictness: Strictness,
    ) -> Option<Self> {
        let literal = match token {
            Token::Word(word) => Self::read_word(word, collation, strictness)?,
            Token::Quoted(text) => Self::String(text.clone()),
            Token::Open | Token::Close | Token::OpenBracket | Token::CloseBracket => return None,
        };
        literal.coerce(collation, strictness)
    }

    fn read_word(word: &str, collation: Collation, strictness: Strictness) -> Option<Self> {
        match serde_json::from_str(word) {
            Ok(Value::Null) => return Some(Self::Null),
            Ok(Value::Bool(value)) => return Some(Self::Bool(value)),
            // `0123` and `1e5` as text are names, not numbers.
            Ok(Value::Number(number))
                if !matches!(collation, Collation::Exact | Collation::Folded) =>
            {
                return Self::from_number(&number);
            }
            _ => {}
        }
        (strictness == Strictness::Tolerant).then(|| Self::String(word.to_owned()))
    }

    fn from_number(number: &Number) -> Option<Self> {
        number
            .as_i64()
            .map(Self::Integer)
            .or_else(|| number.as_f64().map(Self::Decimal))
    }

    /// Quoted booleans and numbers (N2), and unquoted text that looks like one, become what the attribute holds.
    fn coerce(self, collation: Collation, strictness: Strictness) -> Option<Self> {
        let tolerant = strictness == Strictness::Tolerant;
        match (collation, self) {
            (_, Self::Null) => Some(Self::Null),
            (Collation::Exact | Collation::Folded, literal @ Self::String(_))
            | (Collation::Boolean, literal @ Self::Bool(_))
            | (Collation::Number, literal @ (Self::Integer(_) | Self::Decimal(_)))
            | (Collation::Untyped, literal) => Some(literal),
            (Collation::Exact | Collation::Folded, Self::Bool(value)) if tolerant => {
                Some(Self::String(value.to_string()))
            }
            (Collation::Boolean, Self::String(text)) if tolerant => {
                crate::canonical::boolean(&text).map(Self::Bool)
            }
            (Collation::Number, Self::String(text)) if tolerant => {
                Self::from_number(&serde_json::from_str(&text).ok()?)
            }
            (Collation::Instant, Self::String(text)) => {
                crate::canonical::instant(&text).map(|_| Self::String(text))
            }
            _ => None,
        }
    }
}

impl Operator {
    pub(super) fn read(word: &str) -> Option<Self> {
        let lower = word.to_ascii_lowercase();
        Some(match lower.as_str() {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "co" => Self::Co,
            "sw" => Self::Sw,
            "ew" => Self::Ew,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            "lt" => Self::Lt,
            "le" => Self::Le,
            _ => return None,
        })
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }

    /// Whether values of this collation can be compared so (RFC 7644 §3.4.2.2, table 3).
    pub(super) fn applies(self, collation: Collation, literal: &Literal) -> bool {
        match self {
            Self::Eq | Self::Ne => true,
            _ if *literal == Literal::Null => false,
            Self::Co | Self::Sw | Self::Ew => {
                matches!(
                    collation,
                    Collation::Exact | Collation::Folded | Collation::Instant
                ) || collation == Collation::Untyped && matches!(literal, Literal::String(_))
            }
            Self::Gt | Self::Ge | Self::Lt | Self::Le => {
                collation != Collation::Boolean && !matches!(literal, Literal::Bool(_))
            }
        }
    }
}
