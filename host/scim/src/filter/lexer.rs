//! The words of a filter.

use crate::Error;

/// One token; text is borrowed from the filter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token<'t> {
    /// Anything without quotes: a path, an operator, a number, a bare word.
    Word(&'t str),
    /// A quoted string, unescaped.
    Quoted(String),
    Open,
    Close,
    OpenBracket,
    CloseBracket,
}

/// Reads token by token, with one token of look-ahead.
#[derive(Clone, Debug)]
pub(crate) struct Lexer<'t> {
    text: &'t str,
    position: usize,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, position: 0 }
    }

    /// Where the next token begins, in bytes.
    pub(crate) fn position(&self) -> usize {
        self.text.len() - self.rest().len()
    }

    pub(crate) fn next(&mut self) -> Result<Option<Token<'t>>, Error> {
        self.position = self.position();
        let rest = &self.text[self.position..];
        let Some(first) = rest.chars().next() else {
            return Ok(None);
        };
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '[' => (Token::OpenBracket, 1),
            ']' => (Token::CloseBracket, 1),
            '"' => self.quoted(rest)?,
            _ => {
                let length = rest.find(ends_word).unwrap_or(rest.len());
                let word = &rest[..length];
                if word.contains('\0') {
                    return Err(Error::invalid_filter(
                        "a word contains the character U+0000",
                    ));
                }
                (Token::Word(word), length)
            }
        };
        self.position += length;
        Ok(Some(token))
    }

    pub(crate) fn peek(&self) -> Result<Option<Token<'t>>, Error> {
        self.clone().next()
    }

    /// Whether the next character follows the last token without a space.
    pub(crate) fn continues(&self) -> bool {
        self.text[self.position..].starts_with(|c| !is_space(c))
    }

    fn rest(&self) -> &'t str {
        self.text[self.position..].trim_start_matches(is_space)
    }

    /// Values are JSON strings (RFC 7644 §3.4.2.2).
    fn quoted(&self, rest: &str) -> Result<(Token<'t>, usize), Error> {
        let mut escaped = false;
        let end = rest.bytes().skip(1).position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        });
        let invalid =
            |what| Error::invalid_filter(format!("{what}, at character {}", self.position + 1));
        let length = end.ok_or_else(|| invalid("a quoted string does not end"))? + 2;
        let value: String = serde_json::from_str(&rest[..length])
            .map_err(|_| invalid("a quoted string has an invalid escape"))?;
        if value.contains('\0') {
            return Err(invalid("a string contains the character U+0000"));
        }
        Ok((Token::Quoted(value), length))
    }
}

fn is_space(c: char) -> bool {
    c == ' ' || c == '\t' || c == '\n' || c == '\r'
}

fn ends_word(c: char) -> bool {
    is_space(c) || matches!(c, '(' | ')' | '[' | ']' | '"')
}
