//! The part `profile` of the settings, checked.

use serde_json::{Map, Value};

use super::report::{Pointer, Report};
use crate::profile::{Content, Field, Fields, Origin};
use crate::settings::{self, DetailedField, OneOrMany, Profile};
use crate::source::Source;
use crate::template::Template;

/// The fields of a profile without settings, written as settings.
const STANDARD: &str = include_str!("../profile/standard.json");

pub(super) fn fields(settings: &Profile, at: &Pointer, report: &mut Report) -> Fields {
    let mut fields = Vec::new();
    if settings.standard {
        match serde_json::from_str::<Map<String, Value>>(STANDARD) {
            Ok(standard) => merge(&mut fields, &standard, at, report),
            Err(error) => report.add(at, "malformed_standard", error.to_string()),
        }
    }
    merge(&mut fields, &settings.fields, &at.at("fields"), report);
    Fields(fields)
}

/// Adds fields, replaces those of the same name, and takes away what is `null`.
fn merge(fields: &mut Vec<Field>, written: &Map<String, Value>, at: &Pointer, report: &mut Report) {
    for (name, value) in written {
        let at = at.at(name);
        let place = fields.iter().position(|field| field.name == *name);
        if value.is_null() {
            if let Some(place) = place {
                fields.remove(place);
            } else {
                let detail = "null takes a standard field away, and this is none";
                report.add(&at, "nothing_to_remove", detail);
            }
            continue;
        }
        let field = match serde_json::from_value(value.clone()) {
            Ok(field) => field,
            Err(error) => {
                report.add(&at, "malformed_settings", error.to_string());
                continue;
            }
        };
        match (field_of(name, field, &at, report), place) {
            (Some(field), Some(place)) => fields[place] = field,
            (Some(field), None) => fields.push(field),
            (None, _) => {}
        }
    }
}

fn field_of(
    name: &str,
    written: settings::Field,
    at: &Pointer,
    report: &mut Report,
) -> Option<Field> {
    let (written, at_from) = match written {
        settings::Field::From(from) => (
            DetailedField {
                from: Some(from),
                ..DetailedField::default()
            },
            at.clone(),
        ),
        settings::Field::Detailed(written) => (written, at.at("from")),
    };
    let content = match (&written.from, &written.constant) {
        (Some(from), None) => {
            let origins = origins(from, &at_from, report)?;
            if written.all {
                Content::All(origins)
            } else {
                Content::First(origins)
            }
        }
        (None, Some(constant)) => {
            if written.all || !written.transform.is_empty() || written.default.is_some() {
                let detail = "a constant is the value as it is: remove all, transform and default";
                report.add(at, "constant_and_more", detail);
            }
            Content::Constant(constant.to_string())
        }
        (Some(_), Some(_)) => {
            let detail = "a field has one of from and constant; for a value where there is none use \
                          default";
            report.add(at, "from_and_constant", detail);
            return None;
        }
        (None, None) => {
            let detail = "the field comes from nowhere; add \"from\" or \"constant\"";
            report.add(at, "no_source", detail);
            return None;
        }
    };
    let default = written.default.as_ref().map(Value::to_string);
    Some(Field {
        name: name.to_owned(),
        content,
        transforms: written.transform,
        default,
    })
}

/// Checks every text of a field; `None` if one is wrong.
fn origins(from: &OneOrMany, at: &Pointer, report: &mut Report) -> Option<Vec<Origin>> {
    let (texts, listed) = from.texts();
    let origins = texts.iter().enumerate().map(|(position, text)| {
        let at = if listed { at.at(position) } else { at.clone() };
        if text.contains(['{', '}']) {
            template(text, &at, report).map(Origin::Template)
        } else {
            let path = Source::parse(text);
            path.map_err(|error| report.add(&at, "invalid_path", error.to_string()))
                .ok()
                .map(Origin::Path)
        }
    });
    let origins: Vec<_> = origins.collect();
    origins.into_iter().collect()
}

fn template(text: &str, at: &Pointer, report: &mut Report) -> Option<Template<Source>> {
    let template = Template::parse(text)
        .map_err(|error| report.add(at, "invalid_template", error.to_string()))
        .ok()?;
    let resolved = template.resolve(Source::text);
    resolved
        .map_err(|error| report.add(at, "invalid_path", error.to_string()))
        .ok()
}
