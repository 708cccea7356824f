//! Guests written in WebAssembly text, instruction by instruction: they can do what no SDK would.
//! Their types come from `wit/v1`, so they also prove that the host's own agree with it.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rolecall_mapping::{
    Bound, Compiler, Digest, Failure, Fault, Input, Limits, Mapping, Outcome, Refusal, Runtime,
    Slot,
};
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::Resolve;

/// One runtime for all tests: each reserves terabytes of address space.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| runtime(limits()));

/// Bounds that hostile guests reach quickly.
pub(crate) fn limits() -> Limits {
    Limits {
        fuel: 5_000_000,
        setup_fuel: 5_000_000,
        deadline: Duration::from_secs(2),
        setup_deadline: Duration::from_secs(2),
        concurrency: 16,
        ..Limits::default()
    }
}

pub(crate) fn runtime(limits: Limits) -> Runtime {
    Runtime::new(limits, Compiler::here()).unwrap()
}

pub(crate) const INPUT: Input<'_> = Input {
    user: "{}",
    groups: "[]",
    home: "acme",
};

/// The functions of a guest, each the body of a core function that returns the address of its
/// result. By default it does nothing, politely.
pub(crate) struct Guest {
    pub(crate) describe: &'static str,
    pub(crate) prepare: &'static str,
    pub(crate) profile: &'static str,
    pub(crate) placements: &'static str,
    pub(crate) grants: &'static str,
    /// Other fields of the core module.
    pub(crate) besides: &'static str,
    /// The world of `wit/v1` it is built for.
    pub(crate) world: &'static str,
}

impl Default for Guest {
    fn default() -> Self {
        Self {
            describe: "(i32.const 1024)",
            prepare: "(i32.const 1120)",
            profile: "(i32.const 1056)",
            placements: "(i32.const 1120)",
            grants: "(i32.const 1120)",
            besides: "",
            world: "plugin",
        }
    }
}

impl Guest {
    /// Its core module as text. What lies where: `describe`'s answer at 1024, a profile `{}` at 1056,
    /// an empty list at 1120, nothing at all from 2048 to 65536.
    pub(crate) fn text(&self) -> String {
        let Self {
            describe,
            prepare,
            profile,
            placements,
            grants,
            besides,
            ..
        } = self;
        let p14 = "i32 ".repeat(14);
        format!(
            r#"(module
            (import "rolecall:plugin/log@1.0.0" "write" (func $log (param i32 i32 i32 i32)))
            (memory (export "memory") 1)
            (global $free (mut i32) (i32.const 16384))
            (data (i32.const 512) "guest1.0{{}}warn")
            (data (i32.const 1024) "\00\02\00\00\05\00\00\00\05\02\00\00\03\00\00\00\00")
            (data (i32.const 1056) "\00\00\00\00\08\02\00\00\02\00\00\00")
            (data (i32.const 1120) "\00\00\00\00\00\00\00\00\00\00\00\00")
            {besides}
            (func (export "cabi_realloc") (param $old i32) (param $was i32) (param $align i32)
                (param $size i32) (result i32)
                (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
                (global.set $free (i32.add (local.get $at) (local.get $size)))
                (if (i32.gt_u (global.get $free) (i32.mul (memory.size) (i32.const 65536)))
                    (then (drop (memory.grow (i32.add (i32.const 1)
                        (i32.div_u (local.get $size) (i32.const 65536)))))))
                (local.get $at))
            (func (export "rolecall:plugin/lifecycle@1.0.0#describe") (result i32) {describe})
            (func (export "rolecall:plugin/lifecycle@1.0.0#prepare")
                (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) {prepare})
            (func $profile (export "rolecall:plugin/attributes@1.0.0#profile")
                (param {p14}) (result i32) {profile})
            (func (export "rolecall:plugin/tenants@1.0.0#placements")
                (param {p14} i32 i32) (result i32) {placements})
            (func (export "rolecall:plugin/roles@1.0.0#grants") (param i32) (result i32) {grants})
        )"#
        )
    }

    /// As a component.
    pub(crate) fn build(&self) -> Vec<u8> {
        component(&self.text(), &contract(), self.world)
    }

    /// Runs it in all three slots.
    pub(crate) fn decide(&self) -> Outcome {
        decide(&RUNTIME, &self.build())
    }

    /// Runs it in all three slots, and expects it to fail.
    pub(crate) fn fault(&self) -> Fault {
        fault(&self.decide())
    }

    /// Uploads it, and expects that to be refused.
    pub(crate) fn refusal(&self) -> Refusal {
        RUNTIME.check(&self.build()).unwrap_err()
    }
}

/// `wit/v1`.
pub(crate) fn contract() -> Resolve {
    let mut resolve = Resolve::default();
    resolve
        .push_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/v1"))
        .unwrap();
    resolve
}

/// Makes a component for a world out of a core module in text form.
pub(crate) fn component(module: &str, contract: &Resolve, world: &str) -> Vec<u8> {
    let mut module = wat::parse_str(module).unwrap();
    let packages: Vec<_> = contract.packages.iter().map(|(id, _)| id).collect();
    let world = contract.select_world(&packages, Some(world)).unwrap();
    wit_component::embed_component_metadata(&mut module, contract, world, StringEncoding::UTF8)
        .unwrap();
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .unwrap()
        .encode()
        .unwrap()
}

/// Checks a component and runs it in all three slots.
pub(crate) fn decide(runtime: &Runtime, component: &[u8]) -> Outcome {
    let digest = runtime.check(component).unwrap().digest;
    runtime.decide(&mapping(&digest), &INPUT).unwrap()
}

pub(crate) fn fault(outcome: &Outcome) -> Fault {
    match &outcome.result {
        Err(Failure::Fault(fault)) => fault.clone(),
        other => panic!("expected a fault, got {other:?}"),
    }
}

/// One component in all three slots, without settings.
pub(crate) fn mapping(digest: &Digest) -> Mapping {
    let bound = Bound::new(digest.clone(), "{}".into(), Arc::default());
    Mapping {
        attributes: bound.clone(),
        tenants: bound.clone(),
        roles: bound,
    }
}

/// The slots that were run.
pub(crate) fn slots(outcome: &Outcome) -> Vec<Slot> {
    outcome.slots.iter().map(|run| run.slot).collect()
}
