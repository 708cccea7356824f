//! Sorting (RFC 7644 §3.4.2.3): where a resource stands among others.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use crate::attr::{self, Target};
use crate::canonical::instant;
use crate::filter::{AttributePath, Collation, member};
use crate::limits::MAX_SORT_KEY;
use crate::{Error, Object, ResourceType, SchemaSet, SortOrder, Strictness, fold};

#[cfg(test)]
mod tests;

/// By which attribute resources are ordered, and which way round. By default as lists are: by id, which is by age.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sort {
    /// None: the id.
    by: Option<AttributePath>,
    order: SortOrder,
}

/// Where a resource stands. Resources without a value come after all others, and equals are told apart by their id:
/// no two resources share a place, and it is the same in every page of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    key: Key,
    id: String,
}

/// What an attribute's value is compared by; only undeclared attributes ever bring different kinds together.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Key {
    Bool(bool),
    /// The number as near as a float comes to it, and exactly where it is whole.
    Number(f64, i64),
    /// Seconds and nanoseconds since 1970.
    Instant(i64, i32),
    Text(String),
    /// Of resources without a value: the last.
    Nothing,
}

impl Sort {
    /// Resolves `sortBy` in the first of the resource types that has the attribute. A complex attribute is sorted by
    /// its `value`, if it has one.
    pub fn parse(
        set: &SchemaSet,
        kinds: &[ResourceType],
        strictness: Strictness,
        sort_by: &str,
        order: SortOrder,
    ) -> Result<Self, Error> {
        let unknown = || {
            Error::invalid_value(format!(
                "sortBy: there is no attribute {sort_by:.100}; name one of the schema's"
            ))
        };
        let mut found = kinds
            .iter()
            .filter_map(|kind| attr::resolve(set, *kind, strictness, sort_by));
        let Some(Target::Attribute(found)) = found.next() else {
            return Err(unknown());
        };
        let named = [Some(&found.attribute), found.sub.as_ref()];
        if named.into_iter().flatten().any(|it| it.is_never_returned()) {
            return Err(unknown());
        }
        let mut meant = found.sub.as_ref().unwrap_or(&found.attribute);
        let mut sub = found.sub.as_ref();
        if Collation::of(meant) == Collation::Complex {
            let value = found.attribute.sub_attribute("value").ok_or_else(|| {
                Error::invalid_value(format!(
                    "sortBy: {sort_by:.100} is complex; name one of its sub-attributes"
                ))
            })?;
            (meant, sub) = (value, Some(value));
        }
        let path = AttributePath {
            urn: found.urn,
            name: found.attribute.name.clone(),
            sub: sub.map(|sub| sub.name.clone()),
            collation: Collation::of(meant),
        };
        let by = (path.to_string() != "id").then_some(path);
        Ok(Self { by, order })
    }

    /// The canonical path of the attribute (`userName`, `emails.value`); None where it is the id.
    pub fn attribute(&self) -> Option<String> {
        self.by.as_ref().map(AttributePath::to_string)
    }

    pub fn is_descending(&self) -> bool {
        self.order == SortOrder::Descending
    }

    /// Whether sorting looks at an attribute, by its top-level name (`members`).
    pub fn mentions(&self, attribute: &str) -> bool {
        self.by
            .as_ref()
            .is_some_and(|path| path.name.eq_ignore_ascii_case(attribute))
    }

    /// Where a rendered resource stands.
    pub fn place(&self, resource: &Object) -> Place {
        let value = self.by.as_ref().and_then(|path| value(path, resource));
        let key = value.and_then(|(value, collation)| Key::of(value, collation));
        let id = resource.get("id").and_then(Value::as_str);
        Place {
            key: key.unwrap_or(Key::Nothing),
            id: id.unwrap_or_default().to_owned(),
        }
    }

    /// Which of two comes first. Descending is ascending from its end, those without a value first.
    pub fn compare(&self, left: &Place, right: &Place) -> Ordering {
        match self.order {
            SortOrder::Ascending => left.cmp(right),
            SortOrder::Descending => right.cmp(left),
        }
    }
}

impl Place {
    /// Of a resource in the order of ids.
    pub fn by_id(id: String) -> Self {
        let key = Key::Nothing;
        Self { key, id }
    }

    /// Of a resource in the order of a string that is folded already, such as a database's key.
    pub fn by_text(key: String, id: String) -> Self {
        let key = Key::Text(key);
        Self { key, id }
    }

    /// Of a resource in the order of a time, in milliseconds since 1970.
    pub fn by_millisecond(ms: i64, id: String) -> Self {
        let time = Timestamp::from_millisecond(ms).unwrap_or_default();
        let key = Key::instant(time);
        Self { key, id }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// The string it is ordered by, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.key {
            Key::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The time it is ordered by, if it is one: milliseconds since 1970.
    pub fn millisecond(&self) -> Option<i64> {
        match self.key {
            Key::Instant(seconds, nanoseconds) => seconds
                .checked_mul(1_000)?
                .checked_add(i64::from(nanoseconds / 1_000_000)),
            _ => None,
        }
    }
}

/// The one value that counts: of several the primary one, else the first.
fn value<'o>(path: &AttributePath, resource: &'o Object) -> Option<(&'o Value, Collation)> {
    let collation = path.collation;
    let object = match &path.urn {
        None => resource,
        Some(urn) => member(resource, urn, collation)?.as_object()?,
    };
    let value = one(member(object, &path.name, collation)?)?;
    let value = match (&path.sub, value) {
        (None, value) => value,
        (Some(sub), Value::Object(element)) => one(member(element, sub, collation)?)?,
        (Some(sub), simple) => (sub == "value").then_some(simple)?,
    };
    Some((value, collation))
}

fn one(value: &Value) -> Option<&Value> {
    let Value::Array(values) = value else {
        return Some(value);
    };
    let is_primary = |value: &&Value| value.get("primary") == Some(&Value::Bool(true));
    values.iter().find(is_primary).or(values.first())
}

impl Key {
    fn of(value: &Value, collation: Collation) -> Option<Self> {
        match (collation, value) {
            (Collation::Exact, Value::String(text)) => Some(Self::Text(clip(text))),
            (Collation::Folded | Collation::Untyped, Value::String(text)) => {
                Some(Self::Text(clip(&fold(text))))
            }
            (Collation::Instant, Value::String(text)) => instant(text).map(Self::instant),
            (Collation::Boolean | Collation::Untyped, Value::Bool(value)) => {
                Some(Self::Bool(*value))
            }
            (Collation::Number | Collation::Untyped, Value::Number(number)) => {
                Some(Self::number(number))
            }
            _ => None,
        }
    }

    fn instant(time: Timestamp) -> Self {
        Self::Instant(time.as_second(), time.subsec_nanosecond())
    }

    fn number(number: &Number) -> Self {
        let exact = number.as_i64().unwrap_or_default();
        Self::Number(number.as_f64().unwrap_or_default(), exact)
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Number(..) => 1,
            Self::Instant(..) => 2,
            Self::Text(_) => 3,
            Self::Nothing => 4,
        }
    }
}

/// A list that is sorted holds the keys of all its resources: none is long.
fn clip(text: &str) -> String {
    text.chars().take(MAX_SORT_KEY).collect()
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Number(a, exact_a), Self::Number(b, exact_b)) => {
                a.total_cmp(b).then(exact_a.cmp(exact_b))
            }
            (Self::Instant(a, part_a), Self::Instant(b, part_b)) => (a, part_a).cmp(&(b, part_b)),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}
