//! Components made on the spot: each slot answers always the same, or misbehaves in a chosen way.
//!
//! They are core modules in WAT, made components with the published contract (`wit/v1`), so that
//! nothing stands between a test and the bytes that a hostile author could upload.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use memory::Memory;

pub(crate) use act::{Act, LONG, grant, placement};

mod act;
mod bomb;
mod memory;

/// A component in the making.
pub(crate) struct Guest {
    slots: Vec<(&'static str, Act)>,
    clock: bool,
    contract: String,
    /// Functions that nobody calls.
    ballast: String,
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
            ballast: String::new(),
        }
    }

    /// Places everybody in `northwind` as a viewer: the start of most tests.
    pub(crate) fn viewer() -> Self {
        Self::new()
            .attributes(Act::Profile("{}".to_owned()))
            .tenants(Act::Placements(vec![placement("northwind", &[])]))
            .roles(Act::Grants(vec![grant("northwind", "role", "viewer", &[])]))
    }

    /// Takes its time over users with a long document.
    pub(crate) fn slowly(mut self) -> Self {
        for (_, act) in &mut self.slots {
            *act = Act::Slowly(Box::new(act.clone()));
        }
        self
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

    /// Takes more time to compile than anybody should spend.
    pub(crate) fn slow_to_compile(mut self) -> Self {
        self.ballast = bomb::slow();
        self
    }

    /// Takes more memory to compile than some may have.
    pub(crate) fn large_to_compile(mut self) -> Self {
        self.ballast = bomb::large();
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
            .map(|(slot, act)| act::function(slot, version, &mut memory, act))
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
              {functions}
              {ballast})"#,
            free = memory.end(),
            segment = memory.segment(),
            functions = functions.join("\n"),
            ballast = self.ballast,
        )
    }
}

/// `info`: a name, a version, no settings schema.
fn describe(memory: &mut Memory) -> u32 {
    let name = memory.string("test-guest");
    let version = memory.string("1.0.0");
    memory.words(&[name[0], name[1], version[0], version[1], 0, 0, 0])
}
