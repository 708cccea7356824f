//! Text with slots in braces: `{name.givenName} {name.familyName}`, `northwind-{customer|slug}`.
//!
//! A slot is a name (of a part) or an attribute path, and transformations after bars. `{{` and `}}`
//! stand for braces.

use serde::{Deserialize, Serialize};

use crate::transform::{Transform, apply_all};

/// A template whose slots are filled by `S`: a part's name or a resolved attribute path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Template<S>(Vec<Piece<S>>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Piece<S> {
    Literal(String),
    Slot(S, Vec<Transform>),
}

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TemplateError {
    #[error("the template is empty; leave the setting out instead")]
    Empty,
    #[error("the brace at character {0} has no partner; write {{{{ or }}}} for a brace itself")]
    Brace(usize),
    #[error("{0:?} is not a transformation; there are {known}", known = known_transforms())]
    Transform(String),
}

fn known_transforms() -> String {
    Transform::ALL.map(|(name, _)| name).join(", ")
}

impl Template<String> {
    /// Reads a template, its slots still text.
    pub(crate) fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut characters = text.chars().enumerate().peekable();
        while let Some((at, character)) = characters.next() {
            match character {
                '{' | '}' if characters.next_if(|(_, next)| *next == character).is_some() => {
                    literal.push(character);
                }
                '{' => {
                    // A path may hold a filter, and that quoted text with braces in it.
                    let mut slot = String::new();
                    let mut quoted = false;
                    loop {
                        match characters.next() {
                            Some((_, '}')) if !quoted => break,
                            Some((_, inside)) => {
                                quoted ^= inside == '"' && !slot.ends_with('\\');
                                slot.push(inside);
                            }
                            None => return Err(TemplateError::Brace(at + 1)),
                        }
                    }
                    if !literal.is_empty() {
                        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                    }
                    pieces.push(slot_of(&slot)?);
                }
                '}' => return Err(TemplateError::Brace(at + 1)),
                other => literal.push(other),
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        if pieces.is_empty() {
            return Err(TemplateError::Empty);
        }
        Ok(Self(pieces))
    }

    /// The same template with its slots resolved by `resolve`, or the first slot that cannot be.
    pub(crate) fn resolve<S, E>(
        self,
        mut resolve: impl FnMut(&str) -> Result<S, E>,
    ) -> Result<Template<S>, E> {
        let pieces = self.0.into_iter().map(|piece| {
            Ok(match piece {
                Piece::Literal(text) => Piece::Literal(text),
                Piece::Slot(slot, transforms) => Piece::Slot(resolve(&slot)?, transforms),
            })
        });
        Ok(Template(pieces.collect::<Result<_, E>>()?))
    }
}

impl<S> Template<S> {
    /// Its text, if it has no slots.
    pub(crate) fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Its slot, if that is all there is to it: what fills it goes through unchanged.
    pub(crate) fn only_slot(&self) -> Option<&S> {
        match self.0.as_slice() {
            [Piece::Slot(slot, transforms)] if transforms.is_empty() => Some(slot),
            _ => None,
        }
    }

    /// Its slots.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &S> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Slot(slot, _) => Some(slot),
            Piece::Literal(_) => None,
        })
    }

    /// Its text with each slot filled by `fill`. `None` if it has slots and none of them can be
    /// filled; one that cannot leaves nothing behind.
    pub(crate) fn render(&self, mut fill: impl FnMut(&S) -> Option<String>) -> Option<String> {
        let mut text = String::new();
        let mut filled = self.literal().is_some();
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Slot(slot, transforms) => {
                    if let Some(value) = fill(slot) {
                        filled = true;
                        text.push_str(&apply_all(transforms, &value));
                    }
                }
            }
        }
        filled.then_some(text)
    }
}

fn slot_of(text: &str) -> Result<Piece<String>, TemplateError> {
    let mut rest = text;
    let mut transforms = Vec::new();
    // From the end, so that a bar inside a path's filter stays where it is.
    while let Some((before, name)) = rest.rsplit_once('|') {
        if name.contains(['"', ']']) {
            break;
        }
        let name = name.trim();
        let transform = Transform::named(name);
        transforms.insert(
            0,
            transform.ok_or_else(|| TemplateError::Transform(name.to_owned()))?,
        );
        rest = before;
    }
    Ok(Piece::Slot(rest.trim().to_owned(), transforms))
}

#[cfg(test)]
mod tests;
