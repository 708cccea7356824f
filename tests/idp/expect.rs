//! What a step expects of the answer: each expectation by its name, a sentence for each unmet one.

use regex::Regex;
use serde_json::Value;

use crate::support::http::Answer;

/// The expectations that do not hold.
pub(crate) fn unmet(expected: &Value, answer: &Answer) -> Vec<String> {
    let mut unmet = Vec::new();
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    for (name, value) in expected.as_object().into_iter().flatten() {
        let found = match name.as_str() {
            "status" => status(value, answer),
            "header" => headers(value, answer),
            "max_bytes" if answer.body.len() as u64 > value.as_u64().unwrap_or(0) => {
                vec![format!("{} bytes, more than {value}", answer.body.len())]
            }
            "max_bytes" => Vec::new(),
            _ if answer.status == 204 => Vec::new(),
            "present" | "absent" => pointers(name, value, &body),
            name => each(value, |pointer, wanted| {
                in_body(name, pointer, wanted, &body)
            }),
        };
        unmet.extend(found);
    }
    unmet
}

fn status(wanted: &Value, answer: &Answer) -> Vec<String> {
    let codes: Vec<_> = wanted
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_u64)
        .collect();
    if codes.contains(&u64::from(answer.status)) {
        return Vec::new();
    }
    vec![format!("status {} is none of {codes:?}", answer.status)]
}

fn headers(wanted: &Value, answer: &Answer) -> Vec<String> {
    each(wanted, |name, pattern| {
        let pattern = pattern.as_str().unwrap_or_default();
        let regex = Regex::new(pattern).expect("a valid pattern");
        let value = answer.raw_header(name).unwrap_or_default();
        (!regex.is_match(value)).then(|| format!("{name}: {value:?} does not match {pattern}"))
    })
}

/// `present` and `absent` list pointers.
fn pointers(name: &str, list: &Value, body: &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter_map(|pointer| {
            let value = body.pointer(pointer).unwrap_or(&Value::Null);
            let met = if name == "absent" {
                value.is_null()
            } else {
                !is_empty(value)
            };
            (!met).then(|| format!("{pointer} is not {name}: {value}"))
        })
        .collect()
}

/// The expectations that map a pointer to what is wanted there.
fn in_body(name: &str, pointer: &str, wanted: &Value, body: &Value) -> Option<String> {
    let found = body.pointer(pointer);
    let value = found.unwrap_or(&Value::Null);
    let met = match name {
        "json" => found == Some(wanted),
        "any_of" => wanted
            .as_array()
            .into_iter()
            .flatten()
            .any(|one| match found {
                Some(value) => value == one,
                None => one == "$absent",
            }),
        "type" => wanted == type_name(value),
        "contains" => contains(value, wanted),
        "lacks" => !contains(value, wanted),
        "length" => value.as_array().map(Vec::len) == wanted.as_u64().map(|length| length as usize),
        "iequals" => {
            let fold = |value: &Value| value.as_str().map(str::to_lowercase);
            fold(value).is_some() && fold(value) == fold(wanted)
        }
        unknown => panic!("the conversation expects {unknown:?}, which is unknown here"),
    };
    (!met).then(|| format!("{pointer}: {name} {wanted}, but there is {value}"))
}

fn each(wanted: &Value, mut check: impl FnMut(&str, &Value) -> Option<String>) -> Vec<String> {
    let members = wanted.as_object().into_iter().flatten();
    members
        .filter_map(|(name, wanted)| check(name, wanted))
        .collect()
}

/// An array has an equal element or one with all the members of an object; a string has a part.
fn contains(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Array(items), wanted) => items.iter().any(|item| {
            let all_members = wanted.as_object().is_some_and(|members| {
                members
                    .iter()
                    .all(|(name, value)| item.get(name) == Some(value))
            });
            item == wanted || all_members
        }),
        (Value::String(text), Value::String(part)) => text.contains(part),
        _ => false,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
