//! What a rule gives: names, literal or with the parts of what it applies through.

use std::convert::Infallible;

use super::applies::braced;
use super::report::{Pointer, Report};
use super::scope::Known;
use crate::applies::{Applies, Through, VALUE};
use crate::settings::{self, OneOrMany};
use crate::template::Template;

/// One rule whose targets are being checked.
pub(super) struct Targets<'r> {
    pub(super) settings: &'r settings::Applies,
    /// `None` if it has mistakes: what its parts are is then unknown.
    pub(super) applies: Option<&'r Applies>,
    /// The rule.
    pub(super) at: &'r Pointer,
}

impl Targets<'_> {
    /// The templates of one setting of the rule, and whether what they say exists.
    pub(super) fn names(
        &self,
        setting: &str,
        names: Option<&OneOrMany>,
        known: &Known,
        report: &mut Report,
    ) -> Vec<Template<String>> {
        let Some(names) = names else {
            return Vec::new();
        };
        let (texts, listed) = names.texts();
        let at = self.at.at(setting);
        let templates = texts.iter().enumerate().filter_map(|(position, text)| {
            let at = if listed { at.at(position) } else { at.clone() };
            let template = self.template(text, &at, report)?;
            if let Some(name) = template.literal() {
                known.check(name, &at, report);
            }
            if let Some(part) = template.only_slot() {
                self.check_table(part, known, report);
            }
            Some(template)
        });
        templates.collect()
    }

    /// A template all of whose slots are parts of the rule.
    pub(super) fn template(
        &self,
        text: &str,
        at: &Pointer,
        report: &mut Report,
    ) -> Option<Template<String>> {
        let template = Template::parse(text)
            .map_err(|error| report.add(at, "invalid_template", error.to_string()))
            .ok()?;
        let unknown = template.slots().find(|slot| !self.has_part(slot));
        if let (Some(slot), Some(applies)) = (unknown, self.applies) {
            let parts = match &applies.through {
                Through::Pattern(pattern, _) => format!("has {}", braced(pattern.parts())),
                Through::Attribute { .. } => format!("has {}", braced(std::iter::once(VALUE))),
                Through::Everybody | Through::Groups(_) => {
                    "has none, since it has neither pattern nor attribute".to_owned()
                }
            };
            let detail = format!("nothing fills {{{slot}}}: the rule {parts}");
            report.add(at, "unknown_part", detail);
            return None;
        }
        let Ok(template) = template.resolve(|slot| Ok::<_, Infallible>(slot.to_owned()));
        Some(template)
    }

    /// Whether what the rule's `values` say exists.
    pub(super) fn check_values(&self, known: &Known, report: &mut Report) {
        let at = self.at.at("values");
        for (value, names) in self.settings.values.iter().flatten() {
            let (names, listed) = names.texts();
            for (position, name) in names.iter().enumerate() {
                let at = at.at(value);
                known.check(name, &if listed { at.at(position) } else { at }, report);
            }
        }
    }

    /// Whether what a part stands for exists.
    fn check_table(&self, part: &str, known: &Known, report: &mut Report) {
        let at = self.at.at("parts").at(part);
        for (text, name) in self.settings.parts.get(part).into_iter().flatten() {
            known.check(name, &at.at(text), report);
        }
    }

    fn has_part(&self, slot: &str) -> bool {
        match self.applies.map(|applies| &applies.through) {
            Some(Through::Pattern(pattern, _)) => pattern.parts().any(|part| part == slot),
            Some(Through::Attribute { .. }) => slot == VALUE,
            Some(Through::Everybody | Through::Groups(_)) => false,
            None => true,
        }
    }
}
