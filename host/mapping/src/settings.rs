//! Settings against the JSON Schema (2020-12) of their plugin. Both come from strangers: they reach nothing outside
//! themselves, their patterns run in linear time, and what they mean together may be any amount of work, in a few lines,
//! so it is done apart.

use std::io;
use std::time::Duration;

use jsonschema::{PatternOptions, Validator};
use serde_json::{Deserializer, Value, json};

use crate::apart::{Apart, Bounds, End, Job, Rejection};
use crate::check::Refusal;
use crate::problem::tame;
use crate::{PrepareError, Problem};

#[cfg(test)]
mod tests;

/// Most problems that are reported at once.
pub(crate) const MOST: usize = 50;

/// The stock plugin's take a few milliseconds and megabytes.
const BOUNDS: Bounds = Bounds {
    cpu: Duration::from_secs(2),
    memory: 256 << 20,
    niceness: 5,
};

/// Whether the settings are valid, by a schema that passed [`check_schema`].
pub(crate) fn check(
    apart: Option<&Apart>,
    schema: &Value,
    settings: &Value,
) -> Result<(), PrepareError> {
    let problems = match judge(apart, schema, Some(settings)) {
        Ok(problems) if problems.is_empty() => return Ok(()),
        Ok(problems) => problems,
        Err(refusal) if refusal.is_ours() => return Err(PrepareError::Unavailable(refusal.detail)),
        Err(Refusal { code, detail }) => vec![problem(code, detail, None)],
    };
    Err(PrepareError::Problems(problems))
}

/// Whether a schema is one, and judging the settings `{}` by it comes to an end.
pub(crate) fn check_schema(apart: Option<&Apart>, schema: &Value) -> Result<(), Refusal> {
    judge(apart, schema, None).map(|_| ())
}

pub(crate) fn no_schema(error: String) -> Refusal {
    let error = tame(error);
    let detail = format!("`lifecycle.describe` gave a settings schema that is none: {error}.");
    Refusal::new("invalid_schema", detail)
}

/// What is wrong with the settings, if there are any.
fn judge(
    apart: Option<&Apart>,
    schema: &Value,
    settings: Option<&Value>,
) -> Result<Vec<Problem>, Refusal> {
    let end = match apart {
        None => problems(schema, settings).map_or_else(
            |error| End::Rejected(Rejection::Invalid(error)),
            |found| End::Done(json!(found).to_string().into()),
        ),
        Some(apart) => {
            let mut input = schema.to_string();
            if let Some(settings) = settings {
                input.push('\n');
                input.push_str(&settings.to_string());
            }
            apart.run(Job::CheckSettings, BOUNDS, input.as_bytes())
        }
    };
    match end {
        End::Done(answer) => serde_json::from_slice(&answer)
            .map_err(|error| Refusal::ours(format!("Checking settings failed: {error}."))),
        End::Rejected(Rejection::Invalid(error) | Rejection::Impossible(error)) => {
            Err(no_schema(error))
        }
        End::TooMuch(scarce) => Err(too_complex(
            settings.is_some(),
            &format!("takes more than {}", scarce.most(BOUNDS)),
        )),
        End::Crashed | End::Rejected(Rejection::Memory) => Err(too_complex(
            settings.is_some(),
            "ends the process that does it",
        )),
        End::Ours(detail) => Err(Refusal::ours(detail)),
    }
}

fn too_complex(settings: bool, words: &str) -> Refusal {
    let (what, who) = if settings {
        (
            "these settings",
            "Simplify the settings; if they are simple, the plugin's author has to simplify the schema",
        )
    } else {
        (
            "even the settings {}",
            "The plugin's author has to simplify the schema that `lifecycle.describe` gives",
        )
    };
    Refusal::new(
        "too_complex",
        format!(
            "Checking {what} against the plugin's schema {words}. {who}: where definitions refer to each other, or to \
             themselves, several times over, the work multiplies."
        ),
    )
}

/// A job done apart: the problems, as JSON, of what [`judge`] sent.
pub(crate) fn judged(input: &[u8]) -> io::Result<Result<Vec<u8>, Rejection>> {
    let mut texts = Deserializer::from_slice(input).into_iter();
    let schema: Value = texts.next().ok_or(io::ErrorKind::UnexpectedEof)??;
    let settings: Option<Value> = texts.next().transpose()?;
    let found = problems(&schema, settings.as_ref());
    Ok(found
        .map(|found| json!(found).to_string().into())
        .map_err(Rejection::Invalid))
}

/// What is wrong with the settings; or why the schema isn't one.
fn problems(schema: &Value, settings: Option<&Value>) -> Result<Vec<Problem>, String> {
    let validator = validator(schema)?;
    let Some(settings) = settings else {
        // Whatever comes of it: it came to an end.
        let _ = validator.is_valid(&json!({}));
        return Ok(vec![]);
    };
    // Problems are all collected before the first is seen: not for settings that have none.
    if validator.is_valid(settings) {
        return Ok(vec![]);
    }
    let errors = validator.iter_errors(settings).take(MOST);
    Ok(errors
        .map(|error| {
            let path = error.instance_path().as_str().to_owned();
            problem("invalid_settings", error.to_string(), Some(path))
        })
        .collect())
}

fn validator(schema: &Value) -> Result<Validator, String> {
    jsonschema::draft202012::options()
        .with_pattern_options(PatternOptions::regex())
        .build(schema)
        .map_err(|error| format!("{error} (at {:?})", error.instance_path().as_str()))
}

fn problem(code: &str, detail: String, path: Option<String>) -> Problem {
    Problem::from_guest(code.to_owned(), detail, path)
}
