//! To whom a rule applies, and through what.
//!
//! One rule may apply to a person several times: through each of several groups, or for each value
//! of an attribute. Each is an answer of its own, which ends on its own.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::condition::{Condition, Support};
use crate::names::fold;
use crate::pattern::Pattern;
use crate::person::{Membership, Person};
use crate::source::Source;
use crate::template::Template;

/// The first half of a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Applies {
    pub(crate) through: Through,
    pub(crate) when: Option<Condition>,
    /// ` by rule 4`, with the rule's name if it has one.
    pub(crate) by: String,
}

/// What a rule looks at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Through {
    Everybody,
    /// Names of groups, folded.
    Groups(Vec<String>),
    Pattern(Pattern, Vec<PartTable>),
    Attribute {
        /// As it was written, for reasons.
        path: String,
        source: Box<Source>,
        /// From folded values, in order, to what the rule gives.
        values: Option<Vec<(String, Vec<String>)>>,
    },
}

/// What a part of a pattern stands for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PartTable {
    pub(crate) part: String,
    /// From folded texts, in order.
    pub(crate) entries: Vec<(String, String)>,
}

/// One way in which a rule applies to a person.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Match<'m> {
    /// Ids of the groups it is through.
    pub(crate) groups: Vec<String>,
    /// `group "Ops-Leads"`.
    pub(crate) cause: String,
    /// What the table of an attribute's values says.
    pub(crate) listed: &'m [String],
    parts: Vec<(&'m str, Cow<'m, str>)>,
}

/// The name of what an attribute's value fills.
pub(crate) const VALUE: &str = "value";

impl Match<'_> {
    /// The text of a template with the parts of this match.
    pub(crate) fn render(&self, template: &Template<String>) -> Option<String> {
        let text = template.render(|slot| {
            let part = self.parts.iter().find(|(name, _)| name == slot);
            part.map(|(_, value)| value.clone().into_owned())
        });
        text.filter(|text| !text.is_empty())
    }
}

impl Applies {
    /// Whether it applies to everybody, always.
    pub(crate) fn is_unconditional(&self) -> bool {
        self.through == Through::Everybody && self.when.is_none()
    }

    /// Whether it applies to the same people through the same things.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.through == other.through && self.when == other.when
    }

    /// Every way in which it applies to the person.
    pub(crate) fn to<'m>(&'m self, person: &'m Person<'_>) -> Vec<Match<'m>> {
        match &self.through {
            Through::Everybody => {
                let everybody = || Cow::Borrowed("everybody");
                self.of_user(person, everybody, &[], &[])
            }
            Through::Groups(names) => self.of_groups(person, |member| {
                names.contains(&member.folded).then(Vec::new)
            }),
            Through::Pattern(pattern, tables) => {
                self.of_groups(person, |member| stand_for(pattern, tables, &member.tidied))
            }
            Through::Attribute {
                path,
                source,
                values,
            } => {
                let texts = source.values(person.user).filter_map(text_of);
                let matches = texts.flat_map(|text| {
                    let listed = values.as_deref().map(|values| look_up(values, &text));
                    if listed == Some(None) {
                        return Vec::new();
                    }
                    let cause = || Cow::Owned(format!("{path} \"{text}\""));
                    let listed = listed.flatten().map_or(&[][..], Vec::as_slice);
                    self.of_user(person, cause, listed, &[(VALUE, text.clone())])
                });
                matches.collect()
            }
        }
    }

    /// The matches of something about the user itself.
    fn of_user<'m>(
        &self,
        person: &Person<'_>,
        cause: impl Fn() -> Cow<'static, str>,
        listed: &'m [String],
        parts: &[(&'m str, Cow<'m, str>)],
    ) -> Vec<Match<'m>> {
        let supports = self
            .when
            .as_ref()
            .map_or(vec![Vec::new()], |when| when.supports(person));
        let matches = supports.into_iter().map(|support| Match {
            groups: ids(person, &support),
            cause: match (&self.when, &self.through) {
                (None, _) => cause().into_owned(),
                (Some(when), Through::Everybody) => when.text().to_owned(),
                (Some(when), _) => format!("{} and {}", cause(), when.text()),
            },
            listed,
            parts: parts.to_vec(),
        });
        matches.collect()
    }

    /// The matches of those groups for which `fits` has parts.
    fn of_groups<'m>(
        &self,
        person: &'m Person<'_>,
        fits: impl Fn(&'m Membership<'m>) -> Option<Vec<(&'m str, Cow<'m, str>)>>,
    ) -> Vec<Match<'m>> {
        let members = person.memberships().iter().enumerate();
        let matches = members.filter_map(|(at, member)| {
            let parts = fits(member)?;
            let mut cause = format!("group \"{}\"", member.display);
            let groups = match &self.when {
                None => vec![member.id.to_owned()],
                Some(when) => {
                    cause = format!("{cause} and {}", when.text());
                    ids(person, &when.support_with(person, at)?)
                }
            };
            Some(Match {
                groups,
                cause,
                listed: &[],
                parts,
            })
        });
        matches.collect()
    }
}

fn ids(person: &Person<'_>, support: &Support) -> Vec<String> {
    support
        .iter()
        .map(|at| person.memberships()[*at].id.to_owned())
        .collect()
}

/// The parts of a group's name, each as its table has it.
fn stand_for<'m>(
    pattern: &'m Pattern,
    tables: &'m [PartTable],
    name: &'m str,
) -> Option<Vec<(&'m str, Cow<'m, str>)>> {
    let parts = pattern.matches(name)?.into_iter().map(|(part, text)| {
        let value = match tables.iter().find(|table| table.part == part) {
            Some(table) => look_up(&table.entries, text)?.as_str(),
            None => text,
        };
        Some((part, Cow::Borrowed(value)))
    });
    parts.collect()
}

fn look_up<'t, V>(entries: &'t [(String, V)], text: &str) -> Option<&'t V> {
    let folded = fold(text);
    let at = entries
        .binary_search_by(|(key, _)| key.as_str().cmp(&folded))
        .ok()?;
    Some(&entries[at].1)
}

fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    let text = match value {
        Value::String(text) => Cow::Borrowed(text.trim()),
        Value::Bool(_) | Value::Number(_) => Cow::Owned(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
