//! What an author implements: one trait for the plugin, one for each slot it can fill.

use serde_json::{Map, Value};

use crate::{Call, Failure, Grant, Placement, Problem, Setup, Subject};

/// What the product should know about a user: the answer of the attributes slot.
pub type Profile = Map<String, Value>;

/// Who the plugin is and how it takes its settings (`lifecycle` in the WIT).
pub trait Plugin {
    /// Short name for people.
    const NAME: &str;

    /// The author's version.
    const VERSION: &str;

    /// JSON Schema (2020-12) of the settings; `None` if the plugin takes none.
    fn settings_schema() -> Option<Value> {
        None
    }

    /// Checks settings beyond their schema and turns them into the bytes that come back as
    /// [`Call::prepared`]. By default they are taken as they are and the bytes are empty.
    fn prepare(_setup: &Setup) -> Result<Vec<u8>, Vec<Problem>> {
        Ok(Vec::new())
    }
}

/// The first slot.
pub trait Attributes: Plugin {
    /// The user's profile.
    fn profile(call: &Call, subject: &Subject) -> Result<Profile, Failure>;
}

/// The second slot.
pub trait Tenants: Plugin {
    /// The tenants the user belongs to; none means no access.
    fn placements(
        call: &Call,
        subject: &Subject,
        profile: &Profile,
    ) -> Result<Vec<Placement>, Failure>;
}

/// The third slot.
pub trait Roles: Plugin {
    /// What the user is given in those tenants.
    fn grants(
        call: &Call,
        subject: &Subject,
        profile: &Profile,
        placements: &[Placement],
    ) -> Result<Vec<Grant>, Failure>;
}
