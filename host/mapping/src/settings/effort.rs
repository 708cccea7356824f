//! What a schema costs before it is known what it is asked about. References make a few lines mean any amount of work:
//! a definition that names another twice, which does the same, and so on, or one that means itself.

use std::collections::HashMap;

use serde_json::Value;

/// Parts of a schema, each counted as often as it is referred to.
const PARTS: usize = 100_000;

/// Schemas within one another, through references.
const DEPTH: usize = 256;

/// Keywords whose schemas judge the same value as the schema they are part of.
const IN_PLACE: [&str; 9] = [
    "$ref",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "dependentSchemas",
];

/// Keywords whose schemas judge values within.
const WITHIN: [&str; 10] = [
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "unevaluatedProperties",
    "items",
    "prefixItems",
    "unevaluatedItems",
    "contains",
    "contentSchema",
];

/// Keywords by which a schema gets names that only a resolver of URIs can follow.
const NAMES: [&str; 4] = ["$id", "$anchor", "$dynamicRef", "$dynamicAnchor"];

/// Whether validating a value takes a bounded amount of work; if not, why.
pub(super) fn bounded(schema: &Value) -> Result<(), String> {
    let mut walk = Walk {
        root: schema,
        known: HashMap::new(),
    };
    match walk.parts(schema, 0, 0)? {
        0..=PARTS => Ok(()),
        _ => Err(format!("its references mean more than {PARTS} parts")),
    }
}

struct Walk<'a> {
    root: &'a Value,
    known: HashMap<*const Value, Known>,
}

enum Known {
    /// The schema is being walked, since this many values further out.
    Open(usize),
    Parts(usize),
}

impl<'a> Walk<'a> {
    /// Parts of a schema, `values` deep in the value and `depth` in schemas.
    fn parts(&mut self, schema: &'a Value, values: usize, depth: usize) -> Result<usize, String> {
        let Value::Object(keywords) = schema else {
            return Ok(1);
        };
        match self.known.get(&std::ptr::from_ref(schema)) {
            Some(Known::Parts(parts)) => return Ok(*parts),
            Some(Known::Open(outer)) if *outer == values => {
                return Err("it means itself by its references, without end".to_owned());
            }
            // It goes on within the value, as far as that goes.
            Some(Known::Open(_)) => return Ok(1),
            None => {}
        }
        if depth >= DEPTH {
            return Err(format!("its references go more than {DEPTH} deep"));
        }
        self.known.insert(schema, Known::Open(values));
        let mut parts: usize = 1;
        for (keyword, value) in keywords {
            let keyword = keyword.as_str();
            let values = if IN_PLACE.contains(&keyword) {
                values
            } else if WITHIN.contains(&keyword) {
                values + 1
            } else if NAMES.contains(&keyword) && depth > 0 || keyword == "$dynamicRef" {
                return Err(format!(
                    "{keyword:?} is not taken; refer to parts as \"#/$defs/name\""
                ));
            } else {
                continue;
            };
            for part in self.under(keyword, value)? {
                parts = parts.saturating_add(self.parts(part, values, depth + 1)?);
            }
        }
        self.known.insert(schema, Known::Parts(parts));
        Ok(parts)
    }

    /// The schemas that a keyword names.
    fn under(&self, keyword: &str, value: &'a Value) -> Result<Vec<&'a Value>, String> {
        Ok(match (keyword, value) {
            ("$ref", Value::String(reference)) => vec![self.referred(reference)?],
            ("properties" | "patternProperties" | "dependentSchemas", Value::Object(map)) => {
                map.values().collect()
            }
            (_, Value::Array(list)) => list.iter().collect(),
            _ => vec![value],
        })
    }

    fn referred(&self, reference: &str) -> Result<&'a Value, String> {
        reference
            .strip_prefix('#')
            .and_then(|pointer| self.root.pointer(pointer))
            .ok_or_else(|| {
                format!(
                    "it refers to {reference:?}; only its own parts can be, as \"#/$defs/name\""
                )
            })
    }
}
