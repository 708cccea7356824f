//! Components made on the spot: each slot answers always the same, or misbehaves in a chosen way.
//!
//! They are core modules in WAT, made components with the published contract (`wit/v1`), so that
//! nothing stands between a test and the bytes that a hostile author could upload.

use std::collections::BTreeMap;
use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use memory::Memory;

pub(crate) use act::{Act, Grant, LONG, grant, placement};

mod act;
mod bomb;
mod memory;

/// A component in the making.
pub(crate) struct Guest {
    slots: Vec<(&'static str, Act)>,
    name: String,
    settings_schema: Option<String>,
    /// Instructions in front of the answers of `describe` and of `prepare`.
    before_describe: String,
    before_prepare: String,
    /// The instructions of `cabi_realloc`, if not the usual ones.
    allocate: Option<String>,
    /// More fields of the core module.
    besides: String,
    imports: Vec<String>,
    contract: String,
}

/// An interface of WASI that many toolchains import without being asked.
const CLOCK: &str = "wasi:clocks/monotonic-clock@0.2.0";

/// Takes as much memory as is asked for, one piece behind the other.
const ALLOCATE: &str = "(local.set $at
      (i32.and (i32.add (global.get $free) (i32.const 15)) (i32.const -16)))
    (global.set $free (i32.add (local.get $at) (local.get 3)))
    (local.get $at)";

impl Guest {
    /// Exports `lifecycle` and nothing else yet.
    pub(crate) fn new() -> Self {
        let contract = concat!(env!("CARGO_MANIFEST_DIR"), "/../wit/v1/plugin.wit");
        let contract = std::fs::read_to_string(contract).expect("the published contract");
        Self {
            slots: Vec::new(),
            name: "test-guest".to_owned(),
            settings_schema: None,
            before_describe: String::new(),
            before_prepare: String::new(),
            allocate: None,
            besides: String::new(),
            imports: Vec::new(),
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

    /// Takes its time over users with a long document.
    pub(crate) fn slowly(mut self) -> Self {
        for (_, act) in &mut self.slots {
            *act = Act::Slowly(Box::new(act.clone()));
        }
        self
    }

    /// Fails for whoever is in a group with a long name, and works for everybody else.
    pub(crate) fn breakable(self) -> Self {
        let trap = "(if (i32.gt_u (local.get 11) (i32.const 1000)) (then unreachable))";
        let profile = Act::Profile("{}".to_owned());
        self.attributes(Act::After(trap.to_owned(), Box::new(profile)))
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

    /// Calls itself by this name.
    pub(crate) fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Describes its settings, or says something else in that place.
    pub(crate) fn with_schema(mut self, schema: &str) -> Self {
        self.settings_schema = Some(schema.to_owned());
        self
    }

    /// Runs these instructions before it describes itself.
    pub(crate) fn before_describe(mut self, instructions: &str) -> Self {
        instructions.clone_into(&mut self.before_describe);
        self
    }

    /// Runs these instructions before it says that there is nothing to prepare.
    pub(crate) fn before_prepare(mut self, instructions: &str) -> Self {
        instructions.clone_into(&mut self.before_prepare);
        self
    }

    /// Gives the host memory for what it hands over in a way of its own.
    pub(crate) fn allocating(mut self, instructions: &str) -> Self {
        self.allocate = Some(instructions.to_owned());
        self
    }

    /// Has these fields in its core module, too.
    pub(crate) fn with_fields(mut self, fields: &str) -> Self {
        self.besides.push_str(fields);
        self
    }

    /// Imports a clock, which the host does not offer.
    pub(crate) fn with_clock(self) -> Self {
        self.importing(CLOCK)
    }

    /// Imports a function `now` of an interface: `namespace:package/interface@version`.
    pub(crate) fn importing(mut self, interface: &str) -> Self {
        self.imports.push(interface.to_owned());
        self
    }

    /// Takes more time to compile than anybody should spend.
    pub(crate) fn slow_to_compile(self) -> Self {
        self.with_fields(&bomb::slow())
    }

    /// Takes more memory to compile than some may have.
    pub(crate) fn large_to_compile(self) -> Self {
        self.with_fields(&bomb::large())
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
        for (package, interfaces) in self.imported() {
            let text = format!("package {package}; {}", interfaces.join(" "));
            resolve.push_str(Path::new("imported.wit"), &text)?;
        }
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
        lines.extend(self.imports.iter().map(|name| format!("import {name};")));
        let export = |name: &str| format!("export rolecall:plugin/{name}@{version};");
        lines.extend(self.slots.iter().map(|(name, _)| export(name)));
        format!("package test:guest; world guest {{ {} }}", lines.join("\n"))
    }

    /// The packages of what it imports, with their interfaces in WIT.
    fn imported(&self) -> BTreeMap<String, Vec<String>> {
        let mut packages = BTreeMap::<_, Vec<_>>::new();
        for import in &self.imports {
            let parts = import
                .split_once('/')
                .and_then(|(package, rest)| Some((package, rest.split_once('@')?)));
            let (package, (interface, version)) = parts.expect("a versioned interface");
            packages
                .entry(format!("{package}@{version}"))
                .or_default()
                .push(format!("interface {interface} {{ now: func() -> u64; }}"));
        }
        packages
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
        let info = self.describe(&mut memory);
        let prepared = memory.words(&[0, 0, 0]);
        let imports: Vec<_> = self
            .imports
            .iter()
            .map(|name| format!("(import \"{name}\" \"now\" (func (result i64)))"))
            .collect();
        let functions: Vec<_> = self
            .slots
            .iter()
            .map(|(slot, act)| act::function(slot, version, &mut memory, act))
            .collect();
        format!(
            r#"(module
              (import "rolecall:plugin/log@{version}" "write" (func $log (param i32 i32 i32 i32)))
              {imports}
              (memory (export "memory") 16)
              (global $free (mut i32) (i32.const {free}))
              (global $calls (mut i32) (i32.const 0))
              {segment}
              (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                {allocate})
              (func (export "rolecall:plugin/lifecycle@{version}#describe") (result i32)
                {before_describe}
                (i32.const {info}))
              (func (export "rolecall:plugin/lifecycle@{version}#prepare")
                (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
                {before_prepare}
                (i32.const {prepared}))
              {besides}
              {functions})"#,
            imports = imports.concat(),
            free = memory.end(),
            allocate = self.allocate.as_deref().unwrap_or(ALLOCATE),
            before_describe = self.before_describe,
            before_prepare = self.before_prepare,
            besides = self.besides,
            segment = memory.segment(),
            functions = functions.join("\n"),
        )
    }

    /// `info`: a name, a version, and a settings schema or none.
    fn describe(&self, memory: &mut Memory) -> u32 {
        let name = memory.string(&self.name);
        let version = memory.string("1.0.0");
        let (known, schema) = match &self.settings_schema {
            Some(schema) => (1, memory.string(schema)),
            None => (0, [0, 0]),
        };
        memory.words(&[
            name[0], name[1], version[0], version[1], known, schema[0], schema[1],
        ])
    }
}
