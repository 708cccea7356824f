//! One instance of a component and its calls. It lives for one decision (or one `describe`, or one
//! `prepare`), so nothing a guest remembers outlives it.

use std::time::Duration;

use wasmtime::Store;
use wasmtime::component::{
    ComponentExportIndex, ComponentNamedList, Instance, InstancePre, Lift, Lower, TypedFunc,
};

use crate::fault::{Fault, classify};
use crate::sandbox::Sandbox;
use crate::{FaultKind, Limits};

/// What one call may use.
#[derive(Clone, Copy)]
pub(crate) struct Budget {
    pub(crate) fuel: u64,
    pub(crate) epochs: u64,
    pub(crate) output_bytes: usize,
}

impl Budget {
    /// For a slot of a decision.
    pub(crate) fn of_slot(limits: &Limits) -> Self {
        Self::new(limits.fuel, limits.deadline, limits.output_bytes)
    }

    /// For `describe` and `prepare`.
    pub(crate) fn of_setup(limits: &Limits) -> Self {
        Self::new(
            limits.setup_fuel,
            limits.setup_deadline,
            limits.output_bytes,
        )
    }

    fn new(fuel: u64, deadline: Duration, output_bytes: usize) -> Self {
        Self {
            fuel,
            epochs: crate::engine::epochs(deadline),
            output_bytes,
        }
    }
}

/// An instance and its store.
pub(crate) struct Session<'a> {
    store: Store<Sandbox>,
    instance: Instance,
    limits: &'a Limits,
    budget: Budget,
}

impl<'a> Session<'a> {
    /// A fresh instance. What it does while it starts is paid for by the first call's budget.
    pub(crate) fn open(
        pre: &InstancePre<Sandbox>,
        limits: &'a Limits,
        budget: Budget,
    ) -> Result<Self, Fault> {
        let mut store = Store::new(pre.engine(), Sandbox::new(limits));
        store.limiter(|sandbox| sandbox);
        store.set_hostcall_fuel(budget.output_bytes);
        grant(&mut store, budget).map_err(|error| classify(&error, store.data(), limits))?;
        match pre.instantiate(&mut store) {
            Ok(instance) => Ok(Self {
                store,
                instance,
                limits,
                budget,
            }),
            Err(error) => Err(classify(&error, store.data(), limits)),
        }
    }

    /// Gives the next call a budget of its own.
    pub(crate) fn renew(&mut self) -> Result<(), Fault> {
        grant(&mut self.store, self.budget).map_err(|error| self.fault(&error))
    }

    /// Calls an exported function.
    pub(crate) fn call<P, R>(
        &mut self,
        function: ComponentExportIndex,
        params: P,
    ) -> Result<R, Fault>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        self.typed::<P, R>(function)
            .and_then(|function| function.call(&mut self.store, params))
            .map_err(|error| self.fault(&error))
    }

    /// Whether an exported function has these types; if not, wasmtime's words for it.
    pub(crate) fn typed<P, R>(
        &mut self,
        function: ComponentExportIndex,
    ) -> wasmtime::Result<TypedFunc<P, R>>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        self.instance
            .get_typed_func::<P, R>(&mut self.store, function)
    }

    /// Fuel used of the current budget.
    pub(crate) fn fuel_spent(&self) -> u64 {
        self.budget.fuel - self.store.get_fuel().unwrap_or(self.budget.fuel)
    }

    pub(crate) fn sandbox(&mut self) -> &mut Sandbox {
        self.store.data_mut()
    }

    fn fault(&self, error: &wasmtime::Error) -> Fault {
        classify(error, self.store.data(), self.limits)
    }
}

fn grant(store: &mut Store<Sandbox>, budget: Budget) -> wasmtime::Result<()> {
    store.set_fuel(budget.fuel)?;
    store.set_epoch_deadline(budget.epochs);
    Ok(())
}

impl Fault {
    /// The guest's answer breaks the contract in a way that its types can't express.
    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self {
            slot: None,
            kind: FaultKind::Malformed,
            detail: detail.into(),
            trace: Vec::new(),
        }
    }
}
