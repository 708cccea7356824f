//! What may be kept of requests: everything but secrets, and not more than a reader needs.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use crate::json;
use crate::schema::{Returned, SchemaSet};

#[cfg(test)]
mod tests;

const REDACTED: &str = "[redacted]";

/// What is secret on a connection: passwords, tokens and their like on every one, and what its schemas never return.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Arc<[String]>);

/// Values of one resource that are looked for in what is said of it; a text about one that has more is not kept at all.
const MOST_HIDDEN: usize = 256;

/// Values of one resource that are returned to nobody. Found once, taken out of many texts.
#[derive(Debug, Default)]
pub struct Hidden {
    values: Vec<String>,
    is_everything: bool,
}

impl Hidden {
    /// What a program said that has seen the resource, without these values, as they stand there or within JSON. Values of
    /// up to 3 characters stay, since they would be found in any text.
    pub fn out_of_words(&self, words: &str) -> String {
        if self.is_everything {
            return REDACTED.to_owned();
        }
        let mut words = words.to_owned();
        for value in &self.values {
            if value.len() <= words.len() {
                words = words.replace(value, REDACTED);
                let quoted = Value::from(&**value).to_string();
                words = words.replace(&quoted[1..quoted.len() - 1], REDACTED);
            }
        }
        words
    }
}

impl Secrets {
    /// With the names of attributes, and of parts of attributes, that are never returned (RFC 7643 §7).
    pub fn of(set: &SchemaSet) -> Self {
        let attributes = set.schemas().flat_map(|schema| &schema.attributes);
        let parts = attributes.flat_map(|it| std::iter::once(it).chain(&it.sub_attributes));
        let hidden = parts.filter(|it| it.returned == Returned::Never);
        let names = hidden.map(|it| it.name.to_ascii_lowercase());
        let names: BTreeSet<_> = names.filter(|name| !has_secret_word(name)).collect();
        Self(names.into_iter().collect())
    }

    /// Whether a name, or a text, speaks of secrets: `password`, `client_secret`, `access_token`, … in any letter case.
    pub fn named_in(&self, text: &str) -> bool {
        has_secret_word(text) || self.0.iter().any(|name| has_word(text, name))
    }

    /// A body that may be kept: its text without secrets, cut off at about `most` bytes. `None` for one that may hold
    /// secrets and is no JSON, so that nobody knows where they are.
    pub fn out_of_body(&self, body: &[u8], most: usize) -> Option<String> {
        let text = String::from_utf8_lossy(body);
        // A name may be written in escapes.
        if !self.named_in(&text) && !text.contains("\\u") {
            return Some(cut(&text, most));
        }
        // Not everything that is JSON: what holds too many values is refused anyhow.
        let mut value = json::parse_plain(text.as_bytes()).ok()?;
        self.redact(&mut value);
        Some(cut(&value.to_string(), most))
    }

    /// The query of a URL, without the values of parameters that speak of secrets.
    pub fn out_of_query(&self, query: &str) -> String {
        if !self.named_in(query) && !query.contains('%') {
            return query.to_owned();
        }
        let parameters = query.split('&').map(|parameter| {
            let plain = percent_decoded(parameter);
            match parameter.split_once('=') {
                Some((name, _)) if self.named_in(&plain) => format!("{name}={REDACTED}"),
                None if self.named_in(&plain) => REDACTED.to_owned(),
                _ => parameter.to_owned(),
            }
        });
        parameters.collect::<Vec<_>>().join("&")
    }

    /// A sentence for people, without what it quotes when it speaks of secrets.
    pub fn out_of_sentence(&self, sentence: &str) -> String {
        if !self.named_in(sentence) {
            return sentence.to_owned();
        }
        let parts = sentence.split('"').enumerate();
        let parts = parts.map(|(at, part)| if at % 2 == 1 { REDACTED } else { part });
        parts.collect::<Vec<_>>().join("\"")
    }

    /// The values of a resource that are returned to nobody.
    pub fn hidden_in(&self, resource: &Value) -> Hidden {
        let mut found = BTreeSet::new();
        self.find_hidden(resource, false, &mut found);
        let is_everything = found.len() > MOST_HIDDEN;
        // Longer ones first: one may be a part of another.
        let mut values: Vec<_> = found.into_iter().collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Hidden {
            values,
            is_everything,
        }
    }

    /// Stops where there are more than are looked for.
    fn find_hidden(&self, value: &Value, hidden: bool, found: &mut BTreeSet<String>) {
        if found.len() > MOST_HIDDEN {
            return;
        }
        let text = match value {
            Value::Object(object) => {
                for (name, value) in object {
                    self.find_hidden(value, hidden || self.named_in(name), found);
                }
                return;
            }
            Value::Array(values) => {
                for value in values {
                    self.find_hidden(value, hidden, found);
                }
                return;
            }
            Value::String(text) if hidden => text.clone(),
            Value::Number(number) if hidden => number.to_string(),
            _ => return,
        };
        if text.chars().count() > 3 {
            found.insert(text);
        }
    }

    fn redact(&self, value: &mut Value) {
        match value {
            Value::Object(object) => {
                // An operation names in its path what its value is.
                let of_secret = object.iter().any(|(name, value)| {
                    let path = value.as_str().filter(|_| name.eq_ignore_ascii_case("path"));
                    path.is_some_and(|path| self.named_in(path))
                });
                let members = std::mem::take(object).into_iter();
                *object = members
                    .map(|(name, value)| self.redacted_member(name, value, of_secret))
                    .collect();
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.redact(value)),
            // JSON within a string.
            Value::String(text) if text.contains('"') && self.named_in(text) => {
                REDACTED.clone_into(text);
            }
            _ => {}
        }
    }

    fn redacted_member(&self, name: String, mut value: Value, of_secret: bool) -> (String, Value) {
        let is = |what: &str| name.eq_ignore_ascii_case(what);
        let speaks = |value: &Value| value.as_str().is_some_and(|text| self.named_in(text));
        // Values are compared with something there, and needn't be quoted.
        let compares = is("filter") || is("path") && value.as_str().is_some_and(has_filter);
        if self.named_in(&name) || of_secret && is("value") || compares && speaks(&value) {
            value = Value::String(REDACTED.to_owned());
        } else {
            self.redact(&mut value);
        }
        // Keys can be paths (N3).
        let name = if has_filter(&name) && self.named_in(&name) {
            REDACTED.to_owned()
        } else {
            name
        };
        (name, value)
    }
}

fn has_filter(path: &str) -> bool {
    path.contains('[')
}

fn has_secret_word(text: &str) -> bool {
    let text = text.as_bytes();
    text.iter().enumerate().any(|(at, first)| {
        let words: &[&str] = match first.to_ascii_lowercase() {
            b'p' => &["passw", "pwd"],
            b's' => &["secret"],
            b't' => &["token"],
            b'c' => &["credential"],
            b'a' => &["authorization"],
            _ => return false,
        };
        words.iter().any(|word| {
            let part = text.get(at..at + word.len());
            part.is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
        })
    })
}

/// Whether a name (in lower case) stands in the text, in any letter case, and not as a part of another.
fn has_word(text: &str, name: &str) -> bool {
    let text = text.as_bytes();
    let goes_on =
        |at: Option<&u8>| at.is_some_and(|it| it.is_ascii_alphanumeric() || b"-_$".contains(it));
    let mut windows = text.windows(name.len()).enumerate();
    windows.any(|(at, window)| {
        window.eq_ignore_ascii_case(name.as_bytes())
            && !goes_on(text[..at].last())
            && !goes_on(text.get(at + name.len()))
    })
}

/// The first `most` bytes, or a few less: never half a character.
pub fn cut(text: &str, most: usize) -> String {
    // PostgreSQL keeps no U+0000.
    let text = text.replace('\0', "\u{fffd}");
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|&end| text.is_char_boundary(end));
    format!("{}…", &text[..end.unwrap_or(0)])
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let code = behind
            .get(..2)
            .and_then(|code| std::str::from_utf8(code).ok());
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        if let Some(byte) = byte.filter(|_| first == b'%') {
            bytes.push(byte);
            rest = &behind[2..];
        } else {
            bytes.push(first);
            rest = behind;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
