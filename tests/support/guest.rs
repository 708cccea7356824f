//! Components made on the spot: each slot answers always the same, or misbehaves in a chosen way.
//!
//! They are core modules in WAT, made components with the published contract (`wit/v1`), so that
//! nothing stands between a test and the bytes that a hostile author could upload.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use memory::Memory;

mod memory;

/// What a slot does when it is asked.
#[derive(Clone)]
pub(crate) enum Act {
    /// A profile, as JSON text; only for `attributes`.
    Profile(String),
    /// Placements; only for `tenants`.
    Placements(Vec<Placement>),
    /// Grants; only for `roles`.
    Grants(Vec<Grant>),
    /// The tenant's own refusal, with its words.
    Refuse(&'static str),
    /// A fault that the plugin tells of itself.
    Internal(&'static str),
    /// An `unreachable`.
    Trap,
    /// A loop without end.
    Spin,
    /// A loop that ends after so many rounds, and then traps.
    SpinFor(u64),
    /// A call of itself without end.
    Recurse,
    /// Memory until there is no more, and then a trap.
    Grow,
    /// An answer that does not lie in the memory.
    OutOfBounds,
    /// A profile that tells how often this instance's memory has been asked; only for `attributes`.
    CountCalls,
    /// More log lines than anyone reads, and then the profile `{}`; only for `attributes`.
    Chatter,
}

/// A placement to propose.
#[derive(Clone)]
pub(crate) struct Placement {
    pub(crate) tenant: String,
    pub(crate) groups: Vec<String>,
}

/// A grant to propose.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) tenant: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) groups: Vec<String>,
}

/// A component in the making.
pub(crate) struct Guest {
    slots: Vec<(&'static str, Act)>,
    clock: bool,
    contract: String,
}

/// An interface of WASI that many toolchains import without being asked.
const CLOCK: &str = "wasi:clocks/monotonic-clock@0.2.0";
const CLOCK_PACKAGE: &str =
    "package wasi:clocks@0.2.0; interface monotonic-clock { now: func() -> u64; }";

impl Guest {
    /// Exports `lifecycle` and nothing else yet.
    pub(crate) fn new() -> Self {
        let contract = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit/v1/plugin.wit");
        let contract = std::fs::read_to_string(contract).expect("the published contract");
        Self {
            slots: Vec::new(),
            clock: false,
            contract,
        }
    }

    /// Places everybody in `northwind` as a viewer: the start of most tests.
    pub(crate) fn viewer() -> Self {
        Self::new()
            .attributes(Act::Profile("{}".to_owned()))
            .tenants(Act::Placements(vec![placement("northwind", &[])]))
            .roles(Act::Grants(vec![grant("northwind", "role", "viewer", &[])]))
    }

    /// Fills the attributes slot.
    pub(crate) fn attributes(self, act: Act) -> Self {
        self.slot("attributes", act)
    }

    /// Fills the tenants slot.
    pub(crate) fn tenants(self, act: Act) -> Self {
        self.slot("tenants", act)
    }

    /// Fills the roles slot.
    pub(crate) fn roles(self, act: Act) -> Self {
        self.slot("roles", act)
    }

    /// Imports a clock, which the host does not offer.
    pub(crate) fn with_clock(mut self) -> Self {
        self.clock = true;
        self
    }

    /// Speaks a contract that differs from the published one.
    pub(crate) fn with_contract(mut self, from: &str, to: &str) -> Self {
        assert!(self.contract.contains(from), "the contract says {from:?}");
        self.contract = self.contract.replace(from, to);
        self
    }

    /// The component's bytes.
    pub(crate) fn component(&self) -> Vec<u8> {
        self.try_component()
            .expect("a component that the encoder accepts")
    }

    /// The core module's bytes: what somebody uploads who forgot the last step.
    pub(crate) fn core_module(&self) -> Vec<u8> {
        wat::parse_str(self.module()).expect("valid WAT")
    }

    fn try_component(&self) -> anyhow::Result<Vec<u8>> {
        let mut resolve = Resolve::default();
        resolve.push_str(Path::new("plugin.wit"), &self.contract)?;
        resolve.push_str(Path::new("clocks.wit"), CLOCK_PACKAGE)?;
        let package = resolve.push_str(Path::new("guest.wit"), &self.world())?;
        let world = resolve.select_world(&[package], Some("guest"))?;
        let mut module = wat::parse_str(self.module())?;
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
        ComponentEncoder::default()
            .module(&module)?
            .validate(true)
            .encode()
    }

    fn slot(mut self, name: &'static str, act: Act) -> Self {
        self.slots.retain(|(known, _)| *known != name);
        self.slots.push((name, act));
        self
    }

    fn world(&self) -> String {
        let version = self.version();
        let mut lines = vec![
            format!("import rolecall:plugin/log@{version};"),
            format!("export rolecall:plugin/lifecycle@{version};"),
        ];
        lines.extend(self.clock.then(|| format!("import {CLOCK};")));
        let export = |name: &str| format!("export rolecall:plugin/{name}@{version};");
        lines.extend(self.slots.iter().map(|(name, _)| export(name)));
        format!("package test:guest; world guest {{ {} }}", lines.join("\n"))
    }

    fn version(&self) -> &str {
        let (_, rest) = self
            .contract
            .split_once("package rolecall:plugin@")
            .expect("a package");
        rest.split(';').next().expect("a version")
    }

    fn module(&self) -> String {
        let version = self.version();
        let mut memory = Memory::default();
        let info = describe(&mut memory);
        let prepared = memory.words(&[0, 0, 0]);
        let clock = if self.clock {
            format!("(import \"{CLOCK}\" \"now\" (func (result i64)))")
        } else {
            String::new()
        };
        let functions: Vec<_> = self
            .slots
            .iter()
            .map(|(slot, act)| function(slot, version, &mut memory, act))
            .collect();
        format!(
            r#"(module
              (import "rolecall:plugin/log@{version}" "write" (func $log (param i32 i32 i32 i32)))
              {clock}
              (memory (export "memory") 16)
              (global $free (mut i32) (i32.const {free}))
              (global $calls (mut i32) (i32.const 0))
              {segment}
              (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                (local.set $at
                  (i32.and (i32.add (global.get $free) (i32.const 15)) (i32.const -16)))
                (global.set $free (i32.add (local.get $at) (local.get 3)))
                (local.get $at))
              (func (export "rolecall:plugin/lifecycle@{version}#describe") (result i32)
                (i32.const {info}))
              (func (export "rolecall:plugin/lifecycle@{version}#prepare")
                (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
                (i32.const {prepared}))
              {functions})"#,
            free = memory.end(),
            segment = memory.segment(),
            functions = functions.join("\n"),
        )
    }
}

/// A placement that came from these groups.
pub(crate) fn placement(tenant: &str, groups: &[&str]) -> Placement {
    let groups = groups.iter().map(|&group| group.to_owned()).collect();
    Placement {
        tenant: tenant.to_owned(),
        groups,
    }
}

/// A grant that came from these groups.
pub(crate) fn grant(tenant: &str, kind: &str, name: &str, groups: &[&str]) -> Grant {
    let groups = groups.iter().map(|&group| group.to_owned()).collect();
    Grant {
        tenant: tenant.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        groups,
    }
}

/// `info`: a name, a version, no settings schema.
fn describe(memory: &mut Memory) -> u32 {
    let name = memory.string("test-guest");
    let version = memory.string("1.0.0");
    memory.words(&[name[0], name[1], version[0], version[1], 0, 0, 0])
}

/// The function of a slot, with the core signature that its WIT type flattens to.
fn function(slot: &str, version: &str, memory: &mut Memory, act: &Act) -> String {
    let (name, parameters) = match slot {
        "attributes" => ("profile", 14),
        "tenants" => ("placements", 16),
        // More than 16 values: they come in memory.
        _ => ("grants", 1),
    };
    let parameters = "i32 ".repeat(parameters);
    let body = body(memory, act);
    format!(
        "(func ${slot} (export \"rolecall:plugin/{slot}@{version}#{name}\") \
         (param {parameters}) (result i32) (local $left i64) {body})",
        body = body.replace("$itself", &format!("${slot}")).replace(
            "$arguments",
            &(0..parameters.split_whitespace().count())
                .map(|index| format!("(local.get {index})"))
                .collect::<String>(),
        )
    )
}

/// The instructions of an act. `$itself` and `$arguments` stand for the function around them.
fn body(memory: &mut Memory, act: &Act) -> String {
    match act {
        Act::Profile(json) => {
            let json = memory.string(json);
            answer(memory, json)
        }
        Act::Placements(placements) => {
            let records: Vec<_> = placements
                .iter()
                .flat_map(|placement| place(memory, placement))
                .collect();
            let list = memory.list(placements.len(), &records);
            answer(memory, list)
        }
        Act::Grants(grants) => {
            let records: Vec<_> = grants
                .iter()
                .flat_map(|grant| give(memory, grant))
                .collect();
            let list = memory.list(grants.len(), &records);
            answer(memory, list)
        }
        Act::Refuse(words) => failure(memory, 0, words),
        Act::Internal(words) => failure(memory, 1, words),
        Act::Trap => "unreachable".to_owned(),
        Act::Spin => "(loop $again (br $again)) unreachable".to_owned(),
        Act::SpinFor(rounds) => format!(
            "(local.set $left (i64.const {rounds}))
             (loop $again
               (local.set $left (i64.sub (local.get $left) (i64.const 1)))
               (br_if $again (i64.ne (local.get $left) (i64.const 0))))
             unreachable"
        ),
        Act::Recurse => "(i32.add (call $itself $arguments) (i32.const 1))".to_owned(),
        Act::Grow => "(loop $again
                        (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
                      unreachable"
            .to_owned(),
        Act::OutOfBounds => {
            let outside = memory.words(&[0, 0x7fff_0000, 1024, 0, 0, 0, 0, 0, 0]);
            format!("(i32.const {outside})")
        }
        Act::CountCalls => {
            let json = memory.string(r#"{"calls": 0}"#);
            let digit = json[0] + 10;
            let result = answer(memory, json);
            format!(
                "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                 (i32.store8 (i32.const {digit})
                   (i32.add (i32.load8_u (i32.const {digit})) (global.get $calls)))
                 {result}"
            )
        }
        Act::Chatter => {
            let level = memory.string("info");
            let line = memory.string(&"chatter ".repeat(16));
            let json = memory.string("{}");
            let result = answer(memory, json);
            format!(
                "(local.set $left (i64.const 1000))
                 (loop $again
                   (call $log (i32.const {}) (i32.const {}) (i32.const {}) (i32.const {}))
                   (local.set $left (i64.sub (local.get $left) (i64.const 1)))
                   (br_if $again (i64.ne (local.get $left) (i64.const 0))))
                 {result}",
                level[0], level[1], line[0], line[1]
            )
        }
    }
}

/// `ok` of a `result` whose payload is a string or a list.
fn answer(memory: &mut Memory, payload: [u32; 2]) -> String {
    let result = memory.words(&[0, payload[0], payload[1], 0, 0, 0, 0, 0, 0]);
    format!("(i32.const {result})")
}

/// `error` of a `result`: a failure with a problem.
fn failure(memory: &mut Memory, case: u32, words: &str) -> String {
    let code = memory.string("test_problem");
    let detail = memory.string(words);
    let result = memory.words(&[1, case, code[0], code[1], detail[0], detail[1], 0, 0, 0]);
    format!("(i32.const {result})")
}

/// The words of a `placement`.
fn place(memory: &mut Memory, placement: &Placement) -> Vec<u32> {
    let tenant = memory.string(&placement.tenant);
    let reason = memory.string("the test says so");
    let groups = memory.strings(&placement.groups);
    [tenant, reason, groups, [4, 0]].concat()
}

/// The words of a `grant`.
fn give(memory: &mut Memory, grant: &Grant) -> Vec<u32> {
    let mut words = Vec::new();
    for text in [&grant.tenant, &grant.kind, &grant.name] {
        words.extend(memory.string(text));
    }
    words.extend([0, 0, 0]);
    words.extend(memory.string("the test says so"));
    words.extend(memory.strings(&grant.groups));
    words.extend([4, 0]);
    words
}
