//! What may be kept of requests: everything but secrets, and not more than a reader needs.

use serde_json::Value;

use crate::json;

#[cfg(test)]
mod tests;

const REDACTED: &str = "[redacted]";

/// Whether a name, or a text, speaks of secrets: `password`, `client_secret`, `access_token`, … in any letter case.
pub fn speaks_of_secrets(text: &str) -> bool {
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

/// A body that may be kept: its text without secrets, cut off at about `most` bytes. `None` for one that may hold
/// secrets and is no JSON, so that nobody knows where they are.
pub fn redacted_body(body: &[u8], most: usize) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    // A name may be written in escapes.
    if !speaks_of_secrets(&text) && !text.contains("\\u") {
        return Some(cut(&text, most));
    }
    // Not everything that is JSON: what holds too many values is refused anyhow.
    let mut value = json::parse_plain(text.as_bytes()).ok()?;
    redact(&mut value);
    Some(cut(&value.to_string(), most))
}

/// The query of a URL, without the values of parameters that speak of secrets.
pub fn redacted_query(query: &str) -> String {
    if !speaks_of_secrets(query) && !query.contains('%') {
        return query.to_owned();
    }
    let parameters = query.split('&').map(|parameter| {
        let plain = percent_decoded(parameter);
        match parameter.split_once('=') {
            Some((name, _)) if speaks_of_secrets(&plain) => format!("{name}={REDACTED}"),
            None if speaks_of_secrets(&plain) => REDACTED.to_owned(),
            _ => parameter.to_owned(),
        }
    });
    parameters.collect::<Vec<_>>().join("&")
}

/// A sentence for people, without what it quotes when it speaks of secrets.
pub fn redacted_sentence(sentence: &str) -> String {
    if !speaks_of_secrets(sentence) {
        return sentence.to_owned();
    }
    let parts = sentence.split('"').enumerate();
    let parts = parts.map(|(at, part)| if at % 2 == 1 { REDACTED } else { part });
    parts.collect::<Vec<_>>().join("\"")
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

fn redact(value: &mut Value) {
    match value {
        Value::Object(object) => {
            // An operation names in its path what its value is.
            let of_secret = object.iter().any(|(name, value)| {
                name.eq_ignore_ascii_case("path") && value.as_str().is_some_and(speaks_of_secrets)
            });
            for (name, value) in object.iter_mut() {
                let is_value = of_secret && name.eq_ignore_ascii_case("value");
                if speaks_of_secrets(name) || is_value {
                    *value = Value::String(REDACTED.to_owned());
                } else {
                    redact(value);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(redact),
        // A filter, or JSON within a string.
        Value::String(text) if text.contains('"') && speaks_of_secrets(text) => {
            REDACTED.clone_into(text);
        }
        _ => {}
    }
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
