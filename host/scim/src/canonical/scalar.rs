//! Values without parts (RFC 7643 §2.3).

use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::{Number, Value};

use super::{Reader, expected, wrong};
use crate::schema::{Attribute, Type};
use crate::{Error, quirk};

impl Reader {
    /// The stored form of a scalar; `None` for what means "no value".
    pub(super) fn scalar(
        &mut self,
        of: Option<&Attribute>,
        attribute: &Attribute,
        value: Value,
    ) -> Result<Option<Value>, Error> {
        match value {
            Value::Null => return Ok(None),
            Value::Array(items) if items.is_empty() => return Ok(None),
            Value::String(text) if text.is_empty() => {
                self.tolerances.note(quirk::EMPTY_STRING);
                return Ok(None);
            }
            value if conforms(attribute.kind, &value) => return Ok(Some(value)),
            _ => {}
        }
        let refusal = || wrong(of, attribute, expected(attribute));
        match (attribute.kind, value) {
            // Entra wraps strings as it wraps references: `[{"$ref": null, "value": "x"}]` (N7).
            (_, Value::Object(mut members)) if members.contains_key("value") => {
                self.forgive(quirk::SHAPE, refusal)?;
                let inner = members.remove("value").unwrap_or_default();
                if inner.is_object() {
                    return Err(refusal());
                }
                self.scalar(of, attribute, inner)
            }
            (kind, value) => {
                let (value, name) = coerce(kind, &value).ok_or_else(refusal)?;
                self.forgive(name, refusal)?;
                Ok(Some(value))
            }
        }
    }
}

/// Another type's value that says without doubt which value of this type is meant, and which deviation that is.
fn coerce(kind: Type, value: &Value) -> Option<(Value, &'static str)> {
    match (kind, value) {
        (Type::Boolean, Value::String(text)) => {
            Some((Value::Bool(boolean(text)?), quirk::STRING_BOOLEAN))
        }
        (Type::Integer, Value::String(text)) => Some((
            Value::from(text.trim().parse::<i64>().ok()?),
            quirk::SCALAR_TYPE,
        )),
        (Type::Integer, Value::Number(number)) => {
            let whole = number
                .as_f64()
                .filter(|n| n.fract() == 0.0 && n.abs() < 9e15)?;
            Some((Value::from(whole as i64), quirk::SCALAR_TYPE))
        }
        (Type::Decimal, Value::String(text)) => {
            let number: Number = serde_json::from_str(text.trim()).ok()?;
            Some((Value::Number(number), quirk::SCALAR_TYPE))
        }
        (Type::String | Type::Reference, Value::Number(_) | Value::Bool(_)) => {
            Some((Value::String(value.to_string()), quirk::SCALAR_TYPE))
        }
        _ => None,
    }
}

pub(super) fn conforms(kind: Type, value: &Value) -> bool {
    match (kind, value) {
        (Type::Any, value) => !value.is_null(),
        (Type::Binary, Value::String(text)) => is_base64(text),
        (Type::String | Type::Reference, Value::String(_))
        | (Type::Boolean, Value::Bool(_))
        | (Type::Decimal, Value::Number(_)) => true,
        (Type::Integer, Value::Number(number)) => number.is_i64(),
        (Type::DateTime, Value::String(text)) => instant(text).is_some(),
        _ => false,
    }
}

/// `"True"`, `"false"`: booleans as Entra writes them (N2).
pub(crate) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// In either alphabet, with padding or without (RFC 7643 §2.3.6, RFC 4648 §4 and §5).
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    let padding = text.len() - digits.len();
    digits.bytes().all(is_digit)
        && digits.len() % 4 != 1
        && (padding == 0 || (padding < 3 && text.len().is_multiple_of(4)))
}

/// An `xsd:dateTime` (RFC 7643 §2.3.5); without an offset it is UTC.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(timestamp) = text.parse() {
        return Some(timestamp);
    }
    // A date alone is no point in time.
    let local: civil::DateTime = text
        .contains(['T', 't'])
        .then(|| text.parse().ok())
        .flatten()?;
    Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
}
