//! JSON for people: what fits on a line stands on one.

use serde_json::Value;

const WIDTH: usize = 110;

/// With a line break at the end.
pub(super) fn readable(value: &Value) -> String {
    let mut text = String::new();
    write(value, 0, 0, &mut text);
    text.push('\n');
    text
}

/// `taken` characters are in use on the line already.
fn write(value: &Value, depth: usize, taken: usize, text: &mut String) {
    let line = one_line(value);
    if depth > 0 && depth * 2 + taken + line.len() <= WIDTH {
        return text.push_str(&line);
    }
    let mut items = |open, close, items: Vec<(String, &Value)>| {
        text.push(open);
        let count = items.len();
        for (at, (name, item)) in items.into_iter().enumerate() {
            text.push('\n');
            text.push_str(&"  ".repeat(depth + 1));
            text.push_str(&name);
            write(item, depth + 1, name.len() + 1, text);
            if at + 1 < count {
                text.push(',');
            }
        }
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
        text.push(close);
    };
    match value {
        Value::Object(members) if !members.is_empty() => {
            let named = |(name, value)| (format!("{}: ", Value::from(name)), value);
            let members = members.iter().map(|(name, value)| (name.as_str(), value));
            items('{', '}', members.map(named).collect());
        }
        Value::Array(values) if !values.is_empty() => {
            items(
                '[',
                ']',
                values.iter().map(|value| (String::new(), value)).collect(),
            );
        }
        _ => text.push_str(&line),
    }
}

/// With the spaces that people put.
pub(super) fn one_line(value: &Value) -> String {
    let join = |items: Vec<String>| items.join(", ");
    match value {
        Value::Object(members) if !members.is_empty() => {
            let member = |(name, value): (&String, &Value)| {
                format!("{}: {}", Value::from(name.as_str()), one_line(value))
            };
            format!("{{ {} }}", join(members.iter().map(member).collect()))
        }
        Value::Array(values) => format!("[{}]", join(values.iter().map(one_line).collect())),
        value => value.to_string(),
    }
}
