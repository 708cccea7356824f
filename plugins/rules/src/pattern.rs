//! Group names with named parts, such as `{customer} – {role}`.
//!
//! A part stands for at least one visible character. Each takes as little as it can, the last one
//! takes the rest, and what it took has no white space at its ends. Literal text is compared as
//! [names](crate::names) are; `{{` and `}}` stand for braces.

use serde::{Deserialize, Serialize};

use crate::names::{collapse, fold_tidy, strip_folded};

/// A parsed pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pattern(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Segment {
    /// Folded.
    Literal(String),
    /// By name.
    Part(String),
}

/// Why a text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PatternError {
    #[error("the pattern has no part in braces; name a group in full with \"group\" instead")]
    NoPart,
    #[error("the brace at character {0} has no partner; write {{{{ or }}}} for a brace itself")]
    Brace(usize),
    #[error("{0:?} cannot name a part; use lower-case letters, digits and _, a letter first")]
    PartName(String),
    #[error("the part {{{0}}} occurs twice; give the second one another name")]
    Twice(String),
    #[error(
        "nothing separates {{{0}}} from {{{1}}}, so nobody can tell where one ends; put text between them"
    )]
    Adjacent(String, String),
}

/// The parts of one name, in the order of the pattern.
pub(crate) type Parts<'p, 't> = Vec<(&'p str, &'t str)>;

impl Pattern {
    /// Reads a pattern.
    pub(crate) fn parse(text: &str) -> Result<Self, PatternError> {
        let mut segments = Vec::new();
        let mut literal = String::new();
        let mut characters = text.chars().enumerate().peekable();
        while let Some((at, character)) = characters.next() {
            match character {
                '{' | '}' if characters.next_if(|(_, next)| *next == character).is_some() => {
                    literal.push(character);
                }
                '{' => {
                    let mut name = String::new();
                    loop {
                        match characters.next() {
                            Some((_, '}')) => break,
                            Some((_, inside)) => name.push(inside),
                            None => return Err(PatternError::Brace(at + 1)),
                        }
                    }
                    push_literal(&mut segments, &mut literal);
                    push_part(&mut segments, name)?;
                }
                '}' => return Err(PatternError::Brace(at + 1)),
                other => literal.push(other),
            }
        }
        push_literal(&mut segments, &mut literal);
        trim_ends(&mut segments);
        let pattern = Self(segments);
        if pattern.parts().next().is_none() {
            return Err(PatternError::NoPart);
        }
        Ok(pattern)
    }

    /// The names of its parts.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Part(name) => Some(name.as_str()),
            Segment::Literal(_) => None,
        })
    }

    /// Takes a [tidy](crate::names::tidy) name apart; `None` if it does not fit.
    pub(crate) fn matches<'t>(&self, tidied: &'t str) -> Option<Parts<'_, 't>> {
        let mut parts = Vec::new();
        let mut rest = tidied;
        let mut segments = self.0.iter().peekable();
        while let Some(segment) = segments.next() {
            let name = match segment {
                Segment::Literal(literal) => {
                    rest = strip_folded(rest, literal)?;
                    continue;
                }
                Segment::Part(name) => name.as_str(),
            };
            let (value, after) = match segments.next_if(|next| matches!(next, Segment::Literal(_)))
            {
                Some(Segment::Literal(literal)) if segments.peek().is_none() => {
                    (strip_folded_end(rest, literal)?, "")
                }
                Some(Segment::Literal(literal)) => split_at_first(rest, literal)?,
                _ => (rest, ""),
            };
            let value = value.trim();
            if value.is_empty() {
                return None;
            }
            parts.push((name, value));
            rest = after;
        }
        rest.is_empty().then_some(parts)
    }
}

fn push_literal(segments: &mut Vec<Segment>, literal: &mut String) {
    let visible = fold_tidy(&collapse(literal));
    literal.clear();
    if !visible.is_empty() {
        segments.push(Segment::Literal(visible));
    }
}

fn push_part(segments: &mut Vec<Segment>, name: String) -> Result<(), PatternError> {
    if !is_part_name(&name) {
        return Err(PatternError::PartName(name));
    }
    if let Some(Segment::Part(previous)) = segments.last() {
        return Err(PatternError::Adjacent(previous.clone(), name));
    }
    let part = Segment::Part(name);
    if segments.contains(&part) {
        let Segment::Part(name) = part else {
            return Ok(());
        };
        return Err(PatternError::Twice(name));
    }
    segments.push(part);
    Ok(())
}

pub(crate) fn is_part_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Names have no white space at their ends, so neither has a pattern.
fn trim_ends(segments: &mut Vec<Segment>) {
    if let Some(Segment::Literal(first)) = segments.first_mut() {
        *first = first.trim_start().to_owned();
    }
    if let Some(Segment::Literal(last)) = segments.last_mut() {
        *last = last.trim_end().to_owned();
    }
    segments.retain(|segment| !matches!(segment, Segment::Literal(text) if text.is_empty()));
}

/// What comes before and after the first `literal` in `text` that leaves something visible before
/// it.
fn split_at_first<'t>(text: &'t str, literal: &str) -> Option<(&'t str, &'t str)> {
    let visible = text.find(|c: char| !c.is_whitespace())?;
    let first = literal.chars().next()?;
    // Most places are ruled out by their first character, if that folds to one without a table.
    let may_begin = |c: char| !c.is_ascii() || c.to_ascii_lowercase() == first;
    let places = text[visible..]
        .char_indices()
        .skip(1)
        .filter(|(_, c)| may_begin(*c));
    places
        .map(|(offset, _)| text.split_at(visible + offset))
        .find_map(|(before, from)| Some((before, strip_folded(from, literal)?)))
}

/// What comes before `literal` at the very end of `text`.
fn strip_folded_end<'t>(text: &'t str, literal: &str) -> Option<&'t str> {
    let mut places = text.char_indices();
    places.find_map(|(at, _)| {
        let (before, from) = text.split_at(at);
        (strip_folded(from, literal) == Some("")).then_some(before)
    })
}

#[cfg(test)]
mod tests;
