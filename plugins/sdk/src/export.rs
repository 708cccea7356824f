//! Between the ABI and the author's traits.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use crate::bindings::imports::rolecall::plugin::types;
use crate::bindings::{attributes, lifecycle, roles, tenants};
use crate::subject::{Subject, read};
use crate::{Attributes, Failure, Plugin, Problem, Profile, Roles, Tenants, panic};
use lifecycle::exports::rolecall::plugin::lifecycle::{Info, Setup};
use types::{Call, Grant, Placement};

#[cfg(test)]
mod tests;

/// Exports a plugin, with the slots it fills: `export!(Acme: attributes, tenants, roles);`.
#[macro_export]
macro_rules! export {
    ($plugin:ty: $($slot:ident),+ $(,)?) => {
        const _: () = {
            type Exported = $crate::Exported<$plugin>;
            #[cfg(target_arch = "wasm32")]
            $crate::bindings::lifecycle::export_lifecycle!(
                Exported with_types_in $crate::bindings::lifecycle
            );
            $($crate::__export_slot!(Exported $slot);)+
        };
    };
}

/// One slot's exports; natively only the check that its trait is there.
#[doc(hidden)]
#[macro_export]
macro_rules! __export_slot {
    ($exported:ident attributes) => {
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::attributes::export_attributes!(
            $exported with_types_in $crate::bindings::attributes
        );
        const _: fn() = $exported::fills_attributes;
    };
    ($exported:ident tenants) => {
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::tenants::export_tenants!(
            $exported with_types_in $crate::bindings::tenants
        );
        const _: fn() = $exported::fills_tenants;
    };
    ($exported:ident roles) => {
        #[cfg(target_arch = "wasm32")]
        $crate::bindings::roles::export_roles!(
            $exported with_types_in $crate::bindings::roles
        );
        const _: fn() = $exported::fills_roles;
    };
}

/// Carries an author's traits over to the generated ones.
#[doc(hidden)]
pub struct Exported<P>(PhantomData<P>);

impl<P: Attributes> Exported<P> {
    pub fn fills_attributes() {}
}

impl<P: Tenants> Exported<P> {
    pub fn fills_tenants() {}
}

impl<P: Roles> Exported<P> {
    pub fn fills_roles() {}
}

impl<P: Plugin> lifecycle::exports::rolecall::plugin::lifecycle::Guest for Exported<P> {
    fn describe() -> Info {
        panic::report_to_log();
        Info {
            name: P::NAME.to_owned(),
            version: P::VERSION.to_owned(),
            settings_schema: P::settings_schema().map(|schema| schema.to_string()),
        }
    }

    fn prepare(setup: Setup) -> Result<Vec<u8>, Vec<Problem>> {
        panic::report_to_log();
        P::prepare(&setup)
    }
}

impl<P: Attributes> attributes::exports::rolecall::plugin::attributes::Guest for Exported<P> {
    fn profile(call: Call, subject: types::Subject) -> Result<String, Failure> {
        panic::report_to_log();
        let profile = P::profile(&call, &*parsed_subject(subject)?)?;
        let text = serde_json::to_string(&profile)
            .map_err(|error| Failure::internal("malformed_profile", error.to_string()))?;
        PROFILE.set(Some((text.clone(), Rc::new(profile))));
        Ok(text)
    }
}

impl<P: Tenants> tenants::exports::rolecall::plugin::tenants::Guest for Exported<P> {
    fn placements(
        call: Call,
        subject: types::Subject,
        profile: String,
    ) -> Result<Vec<Placement>, Failure> {
        panic::report_to_log();
        P::placements(
            &call,
            &*parsed_subject(subject)?,
            &*parsed_profile(profile)?,
        )
    }
}

impl<P: Roles> roles::exports::rolecall::plugin::roles::Guest for Exported<P> {
    fn grants(
        call: Call,
        subject: types::Subject,
        profile: String,
        placements: Vec<Placement>,
    ) -> Result<Vec<Grant>, Failure> {
        panic::report_to_log();
        P::grants(
            &call,
            &*parsed_subject(subject)?,
            &*parsed_profile(profile)?,
            &placements,
        )
    }
}

// The slots of one decision are called with the same subject and profile in the same instance:
// parsing is what they would spend most of their time on. A text that differs is parsed again.
thread_local! {
    static SUBJECT: RefCell<Option<(types::Subject, Rc<Subject>)>> = const { RefCell::new(None) };
    static PROFILE: RefCell<Option<(String, Rc<Profile>)>> = const { RefCell::new(None) };
}

fn parsed_subject(source: types::Subject) -> Result<Rc<Subject>, Failure> {
    SUBJECT.with_borrow_mut(|memo| match memo {
        Some((known, subject)) if same_subject(known, &source) => Ok(Rc::clone(subject)),
        _ => {
            let subject = Rc::new(Subject::parse(&source.user, &source.groups)?);
            *memo = Some((source, Rc::clone(&subject)));
            Ok(subject)
        }
    })
}

fn parsed_profile(source: String) -> Result<Rc<Profile>, Failure> {
    PROFILE.with_borrow_mut(|memo| match memo {
        Some((known, profile)) if same(known, &source) => Ok(Rc::clone(profile)),
        _ => {
            let profile = Rc::new(read::<Profile>("profile", &source)?);
            *memo = Some((source, Rc::clone(&profile)));
            Ok(profile)
        }
    })
}

fn same_subject(known: &types::Subject, source: &types::Subject) -> bool {
    same(&known.user, &source.user)
        && same(&known.groups, &source.groups)
        && known.extras == source.extras
}

/// Equality, eight bytes at a time: `memcmp` in a guest goes byte by byte, which costs several times
/// the fuel.
fn same(a: &str, b: &str) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let (a, a_rest) = a.as_bytes().as_chunks::<8>();
    let (b, b_rest) = b.as_bytes().as_chunks::<8>();
    let mut words = a.iter().zip(b);
    words.all(|(a, b)| u64::from_le_bytes(*a) == u64::from_le_bytes(*b)) && a_rest == b_rest
}
