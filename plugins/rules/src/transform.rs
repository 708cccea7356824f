//! What can be done to a text on its way into a profile, a tenant key or a role.

use serde::{Deserialize, Serialize};

use crate::names::tidy;

/// One transformation. The names are those of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Transform {
    Lower,
    Upper,
    Trim,
    /// Lower case; everything but letters and digits becomes single hyphens: `Customer A` →
    /// `customer-a`, which is the usual form of keys.
    Slug,
    /// What stands before the last `@`.
    LocalPart,
    /// What stands after the last `@`.
    Domain,
}

impl Transform {
    /// Every transformation by its name.
    pub(crate) const ALL: [(&str, Self); 6] = [
        ("lower", Self::Lower),
        ("upper", Self::Upper),
        ("trim", Self::Trim),
        ("slug", Self::Slug),
        ("local_part", Self::LocalPart),
        ("domain", Self::Domain),
    ];

    /// The transformation with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, transform)| *transform)
    }

    /// The text after it. A text without `@` has no domain and is all local part.
    pub(crate) fn apply(self, text: &str) -> String {
        match self {
            Self::Lower => text.to_lowercase(),
            Self::Upper => text.to_uppercase(),
            Self::Trim => text.trim().to_owned(),
            Self::Slug => slug(text),
            Self::LocalPart => text
                .rsplit_once('@')
                .map_or(text, |(local, _)| local)
                .to_owned(),
            Self::Domain => text
                .rsplit_once('@')
                .map_or("", |(_, domain)| domain)
                .to_owned(),
        }
    }
}

/// Applies several, in order.
pub(crate) fn apply_all(transforms: &[Transform], text: &str) -> String {
    let mut text = text.to_owned();
    for transform in transforms {
        text = transform.apply(&text);
    }
    text
}

fn slug(text: &str) -> String {
    let tidied = tidy(text);
    let mut slug = String::with_capacity(tidied.len());
    for c in tidied.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

#[cfg(test)]
mod tests;
