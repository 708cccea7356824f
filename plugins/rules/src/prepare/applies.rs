//! To whom a rule applies: the first half of a rule, checked.

use std::collections::BTreeMap;

use rolecall_scim::{Filter, ResourceType, SchemaSet, Strictness};

use super::report::{Pointer, Report};
use crate::applies::{Applies, PartTable, Through};
use crate::condition::Condition;
use crate::names::fold;
use crate::pattern::Pattern;
use crate::settings::{self, OneOrMany};
use crate::source::Source;

/// Checks it. `None` after a mistake in it, which the report then has.
pub(super) fn applies(
    settings: &settings::Applies,
    number: usize,
    at: &Pointer,
    report: &mut Report,
) -> Option<Applies> {
    let through = through(settings, at, report);
    let when = match &settings.when {
        Some(text) => Some(condition(text, &at.at("when"), report)?),
        None => None,
    };
    let by = match &settings.name {
        Some(name) => format!(" by rule {number} ({name})"),
        None => format!(" by rule {number}"),
    };
    Some(Applies {
        through: through?,
        when,
        by,
    })
}

/// Checks a filter.
pub(super) fn condition(text: &str, at: &Pointer, report: &mut Report) -> Option<Condition> {
    let set = SchemaSet::standard();
    match Filter::parse(set, ResourceType::User, Strictness::Tolerant, text) {
        Ok(filter) => Some(Condition::new(filter, text)),
        Err(error) => {
            report.add(at, "invalid_filter", error.detail);
            None
        }
    }
}

/// Checks an attribute path whose values are used as text.
fn source(text: &str, at: &Pointer, report: &mut Report) -> Option<Source> {
    Source::text(text)
        .map_err(|error| report.add(at, "invalid_path", error.to_string()))
        .ok()
}

fn through(settings: &settings::Applies, at: &Pointer, report: &mut Report) -> Option<Through> {
    if settings.values.is_some() && settings.attribute.is_none() {
        let detail = "values are those of an attribute; say which with \"attribute\"";
        report.add(&at.at("values"), "values_without_attribute", detail);
    }
    if !settings.parts.is_empty() && settings.pattern.is_none() {
        let detail = "parts are those of a pattern; give one with \"pattern\"";
        report.add(&at.at("parts"), "parts_without_pattern", detail);
    }
    match (&settings.group, &settings.pattern, &settings.attribute) {
        (None, None, None) => Some(Through::Everybody),
        (Some(names), None, None) => Some(groups(names, &at.at("group"), report)),
        (None, Some(text), None) => pattern(text, &settings.parts, at, report),
        (None, None, Some(path)) => {
            let source = source(path, &at.at("attribute"), report);
            let values = match &settings.values {
                Some(values) => Some(table(values, &at.at("values"), report, |listed| {
                    listed.texts().0.to_vec()
                })),
                None => None,
            };
            Some(Through::Attribute {
                path: path.clone(),
                source: Box::new(source?),
                values,
            })
        }
        _ => {
            let detail = "a rule looks at one of group, pattern and attribute; make it two rules, or \
                          put the second into \"when\"";
            report.add(at, "several_matchers", detail);
            None
        }
    }
}

fn groups(names: &OneOrMany, at: &Pointer, report: &mut Report) -> Through {
    let (names, listed) = names.texts();
    let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
    for position in (0..folded.len()).filter(|position| folded[*position].is_empty()) {
        let at = if listed { at.at(position) } else { at.clone() };
        report.add(
            &at,
            "empty_name",
            "a group's name has at least one visible character",
        );
    }
    Through::Groups(folded)
}

fn pattern(
    text: &str,
    parts: &BTreeMap<String, BTreeMap<String, String>>,
    at: &Pointer,
    report: &mut Report,
) -> Option<Through> {
    let pattern = Pattern::parse(text)
        .map_err(|error| report.add(&at.at("pattern"), "invalid_pattern", error.to_string()))
        .ok()?;
    let at = at.at("parts");
    let mut tables = Vec::new();
    for (part, entries) in parts {
        if !pattern.parts().any(|known| known == part) {
            let known = braced(pattern.parts());
            let detail = format!("the pattern has no part {{{part}}}; it has {known}");
            report.add(&at.at(part), "unknown_part", detail);
        }
        let entries = table(entries, &at.at(part), report, Clone::clone);
        tables.push(PartTable {
            part: part.clone(),
            entries,
        });
    }
    Some(Through::Pattern(pattern, tables))
}

/// `{customer}, {role}`.
pub(super) fn braced<'p>(parts: impl Iterator<Item = &'p str>) -> String {
    parts
        .map(|part| format!("{{{part}}}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A table by folded text, in order, so that it can be searched.
fn table<T, V>(
    entries: &BTreeMap<String, T>,
    at: &Pointer,
    report: &mut Report,
    value: impl Fn(&T) -> V,
) -> Vec<(String, V)> {
    let mut folded: BTreeMap<String, (&str, V)> = BTreeMap::new();
    for (text, entry) in entries {
        let earlier = folded.insert(fold(text), (text, value(entry)));
        if let Some((earlier, _)) = earlier {
            let detail = format!(
                "{text:?} and {earlier:?} are the same here, where case, dashes and white space do \
                 not count; keep one"
            );
            report.add(&at.at(text), "same_value_twice", detail);
        }
    }
    folded
        .into_iter()
        .map(|(text, (_, value))| (text, value))
        .collect()
}
