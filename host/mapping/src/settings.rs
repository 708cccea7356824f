//! Settings against the JSON Schema (2020-12) of their plugin. Schemas come from strangers: they
//! reach nothing outside themselves, and their patterns run in linear time.

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use crate::Problem;

mod effort;
#[cfg(test)]
mod tests;

/// Most problems that are reported at once.
pub(crate) const MOST: usize = 50;

/// A validator for the schema, or why it isn't one.
pub(crate) fn validator(schema: &Value) -> Result<Validator, String> {
    effort::bounded(schema)?;
    jsonschema::draft202012::options()
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .map_err(|error| format!("{error} (at {:?})", error.instance_path().as_str()))
}

/// What is wrong with the settings; nothing if they are valid.
pub(crate) fn check(schema: &Value, settings: &Value) -> Vec<Problem> {
    let validator = match validator(schema) {
        Ok(validator) => validator,
        Err(error) => return vec![problem("invalid_schema", error, None)],
    };
    let errors = validator.iter_errors(settings).take(MOST);
    errors
        .map(|error| {
            let path = error.instance_path().as_str().to_owned();
            problem("invalid_settings", error.to_string(), Some(path))
        })
        .collect()
}

fn problem(code: &str, detail: String, path: Option<String>) -> Problem {
    Problem::from_guest(code.to_owned(), detail, path)
}
