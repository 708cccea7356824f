//! The JSON of a body: within the limits, and without names that are given twice (RFC 8259 §4 leaves open what those
//! mean, so whoever looked at the body before us may have read another one).

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

use crate::limits::{MAX_ATTRIBUTES, MAX_JSON_DEPTH, MAX_JSON_VALUES, MAX_STRING_LENGTH};
use crate::{Error, Object};

#[cfg(test)]
mod tests;

/// The body of a SCIM request. Names that differ in letter case alone are one name (RFC 7643 §2.1), at any depth.
pub(crate) fn parse(body: &[u8]) -> Result<Object, Error> {
    match read(body, true)? {
        Value::Object(object) => Ok(object),
        _ => Err(Error::invalid_syntax("the body must be a JSON object")),
    }
}

/// Any JSON, in which letter case counts and texts may be long.
pub fn parse_plain(body: &[u8]) -> Result<Value, Error> {
    read(body, false)
}

fn read(body: &[u8], scim: bool) -> Result<Value, Error> {
    let reading = Reading {
        scim,
        values: Cell::new(0),
        refusal: RefCell::new(None),
    };
    let mut json = serde_json::Deserializer::from_slice(body);
    let item = Item {
        of: &reading,
        depth: 0,
    };
    let value = item.deserialize(&mut json);
    let value = value.and_then(|value| json.end().map(|()| value));
    value.map_err(|error| {
        let syntax = || Error::invalid_syntax(format!("the body is not valid JSON: {error}"));
        reading.refusal.take().unwrap_or_else(syntax)
    })
}

/// What holds for a body as a whole.
struct Reading {
    scim: bool,
    /// How many there have been.
    values: Cell<usize>,
    /// Of JSON that is valid.
    refusal: RefCell<Option<Error>>,
}

impl Reading {
    fn refuse<T, E: serde::de::Error>(&self, error: Error) -> Result<T, E> {
        self.refusal.replace(Some(error));
        Err(E::custom("refused"))
    }

    fn text<E: serde::de::Error>(&self, text: &str) -> Result<(), E> {
        if !self.scim {
            return Ok(());
        }
        if text.len() > MAX_STRING_LENGTH {
            let detail = format!("a string is longer than {MAX_STRING_LENGTH} bytes");
            return self.refuse(Error::invalid_value(detail));
        }
        // Databases cannot store it, and JSON's escape is the only way to write it.
        if text.as_bytes().contains(&0) {
            let detail = "a string contains the character U+0000";
            return self.refuse(Error::invalid_value(detail));
        }
        Ok(())
    }
}

/// One value of the body.
#[derive(Clone, Copy)]
struct Item<'r> {
    of: &'r Reading,
    /// How many arrays and objects it is in.
    depth: usize,
}

impl Item<'_> {
    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth = self.depth + 1;
        if self.of.scim && depth > MAX_JSON_DEPTH {
            let detail = format!("the body is nested deeper than {MAX_JSON_DEPTH} levels");
            return self.of.refuse(Error::invalid_syntax(detail));
        }
        Ok(Self { depth, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        let values = self.of.values.get() + 1;
        if values > MAX_JSON_VALUES {
            let detail = format!("the body holds more than {MAX_JSON_VALUES} values");
            return self.of.refuse(Error::too_many(detail));
        }
        self.of.values.set(values);
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        let number = Number::from_f64(number);
        number
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        self.of.text(text)?;
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut object = Object::new();
        while let Some(name) = members.next_key::<String>()? {
            self.of.text(&name)?;
            if object.contains_key(&name) {
                return self.of.refuse(twice(&name));
            }
            if self.of.scim && object.len() == MAX_ATTRIBUTES {
                let detail = format!("an object has more than {MAX_ATTRIBUTES} attributes");
                return self.of.refuse(Error::invalid_value(detail));
            }
            let value = members.next_value_seed(inner)?;
            object.insert(name, value);
        }
        match self.of.scim.then(|| in_two_cases(&object)).flatten() {
            Some(name) => self.of.refuse(twice(name)),
            None => Ok(Value::Object(object)),
        }
    }
}

fn twice(name: &str) -> Error {
    Error::invalid_syntax(format!("{name:.100} is given more than once"))
}

/// The second of two names that differ in letter case alone.
fn in_two_cases(object: &Object) -> Option<&str> {
    /// Up to so many names, comparing all pairs is cheaper than a set.
    const FEW: usize = 12;
    let mut names = object.keys().map(String::as_str);
    if object.len() <= FEW {
        let is_second = |(index, name): &(usize, &str)| {
            let mut before = object.keys().take(*index);
            before.any(|other| other.eq_ignore_ascii_case(name))
        };
        return names.enumerate().find(is_second).map(|(_, name)| name);
    }
    let mut seen = HashSet::with_capacity(object.len());
    names.find(|name| !seen.insert(name.to_ascii_lowercase()))
}
