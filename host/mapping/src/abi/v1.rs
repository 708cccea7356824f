//! `rolecall:plugin@1`, see `wit/v1/plugin.wit`: its records, its functions, and where a component
//! exports them.
//!
//! Written by hand rather than by `bindgen!`, since a component may leave out any of the three slots,
//! and inputs are borrowed while answers are owned. wasmtime checks these types against those of
//! every component; the tests do it with guests whose types come from the WIT.

use wasmtime::component::{Component, ComponentExportIndex, ComponentType, Lift, Lower, TypedFunc};

use crate::Slot;
use crate::session::Session;

/// The package, without its version.
pub(crate) const PACKAGE: &str = "rolecall:plugin";

/// The only import with functions.
pub(crate) const LOG: &str = "rolecall:plugin/log@1.0.0";

const LIFECYCLE: &str = "rolecall:plugin/lifecycle@1.0.0";

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Problem {
    pub(crate) code: String,
    pub(crate) detail: String,
    pub(crate) path: Option<String>,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Failure {
    #[component(name = "refuse")]
    Refuse(Problem),
    #[component(name = "internal")]
    Internal(Problem),
}

#[derive(ComponentType, Lower)]
#[component(record)]
pub(crate) struct Call<'a> {
    pub(crate) settings: &'a str,
    pub(crate) prepared: &'a [u8],
    pub(crate) home: &'a str,
    pub(crate) extras: &'a [(&'a str, &'a str)],
}

#[derive(ComponentType, Lower)]
#[component(record)]
pub(crate) struct Subject<'a> {
    pub(crate) user: &'a str,
    pub(crate) groups: &'a str,
    pub(crate) extras: &'a [(&'a str, &'a str)],
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Placement {
    pub(crate) tenant: String,
    pub(crate) reason: String,
    pub(crate) groups: Vec<String>,
    pub(crate) extras: Vec<(String, String)>,
}

/// A placement on its way back to the guest.
#[derive(ComponentType, Lower)]
#[component(record)]
pub(crate) struct PlacementIn<'a> {
    pub(crate) tenant: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) groups: &'a [String],
    pub(crate) extras: &'a [(String, String)],
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Grant {
    pub(crate) tenant: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) object: Option<String>,
    pub(crate) reason: String,
    pub(crate) groups: Vec<String>,
    pub(crate) extras: Vec<(String, String)>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct Info {
    pub(crate) name: String,
    pub(crate) version: String,
    #[component(name = "settings-schema")]
    pub(crate) settings_schema: Option<String>,
}

#[derive(ComponentType, Lower)]
#[component(record)]
pub(crate) struct Setup<'a> {
    pub(crate) slot: &'a str,
    pub(crate) settings: &'a str,
    pub(crate) catalogue: &'a str,
    pub(crate) tenants: &'a str,
    pub(crate) home: &'a str,
    pub(crate) extras: &'a [(&'a str, &'a str)],
}

pub(crate) type Describe = TypedFunc<(), (Info,)>;
pub(crate) type Prepare<'a> = TypedFunc<(Setup<'a>,), (Result<Vec<u8>, Vec<Problem>>,)>;
pub(crate) type Profile<'a> = TypedFunc<(Call<'a>, Subject<'a>), (Result<String, Failure>,)>;
pub(crate) type Placements<'a> =
    TypedFunc<(Call<'a>, Subject<'a>, &'a str), (Result<Vec<Placement>, Failure>,)>;
pub(crate) type Grants<'a> = TypedFunc<
    (Call<'a>, Subject<'a>, &'a str, &'a [PlacementIn<'a>]),
    (Result<Vec<Grant>, Failure>,),
>;

/// The name of a slot's interface.
pub(crate) fn interface(slot: Slot) -> &'static str {
    match slot {
        Slot::Attributes => "rolecall:plugin/attributes@1.0.0",
        Slot::Tenants => "rolecall:plugin/tenants@1.0.0",
        Slot::Roles => "rolecall:plugin/roles@1.0.0",
    }
}

/// The name of a slot's only function.
pub(crate) fn function(slot: Slot) -> &'static str {
    match slot {
        Slot::Attributes => "profile",
        Slot::Tenants => "placements",
        Slot::Roles => "grants",
    }
}

/// Where a component exports the contract's functions.
pub(crate) struct Exports {
    pub(crate) describe: ComponentExportIndex,
    pub(crate) prepare: ComponentExportIndex,
    slots: [Option<ComponentExportIndex>; 3],
}

impl Exports {
    /// Looks for the functions; the interface and function that `lifecycle` or a slot lacks is the
    /// error. A slot whose interface is absent is no error.
    pub(crate) fn find(component: &Component) -> Result<Self, (&'static str, &'static str)> {
        let find = |interface: &'static str, function: &'static str| {
            let instance = component.get_export_index(None, interface);
            let index = component.get_export_index(instance.as_ref(), function);
            (instance.is_some() && index.is_some())
                .then_some(index)
                .flatten()
        };
        let lifecycle = |function| find(LIFECYCLE, function).ok_or((LIFECYCLE, function));
        let mut slots = [None; 3];
        for (place, slot) in slots.iter_mut().zip(Slot::ALL) {
            let (interface, function) = (interface(slot), function(slot));
            if component.get_export_index(None, interface).is_some() {
                *place = Some(find(interface, function).ok_or((interface, function))?);
            }
        }
        Ok(Self {
            describe: lifecycle("describe")?,
            prepare: lifecycle("prepare")?,
            slots,
        })
    }

    /// Where the slot's function is, if the component fills the slot.
    pub(crate) fn slot(&self, slot: Slot) -> Option<ComponentExportIndex> {
        self.slots[slot as usize]
    }

    /// Whether every function has the types of this module; if not, which one hasn't, and wasmtime's
    /// words for it.
    pub(crate) fn check_types(
        &self,
        session: &mut Session<'_>,
    ) -> Result<(), (&'static str, &'static str, wasmtime::Error)> {
        let check = |interface, function, outcome: wasmtime::Result<()>| {
            outcome.map_err(|error| (interface, function, error))
        };
        check(
            LIFECYCLE,
            "describe",
            session.typed(self.describe).map(|_: Describe| ()),
        )?;
        check(
            LIFECYCLE,
            "prepare",
            session.typed(self.prepare).map(|_: Prepare<'_>| ()),
        )?;
        for slot in Slot::ALL {
            let Some(index) = self.slot(slot) else {
                continue;
            };
            let typed = match slot {
                Slot::Attributes => session.typed(index).map(|_: Profile<'_>| ()),
                Slot::Tenants => session.typed(index).map(|_: Placements<'_>| ()),
                Slot::Roles => session.typed(index).map(|_: Grants<'_>| ()),
            };
            check(interface(slot), function(slot), typed)?;
        }
        Ok(())
    }
}
