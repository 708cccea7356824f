//! What an uploaded component must pass before it may run, cheapest first: size, form, needs, imports,
//! exports, validity, compilation, types, and a first call. A refusal says in plain words what was
//! sent, what is wrong with it, and how to put it right.

mod names;
mod shape;

use serde::Serialize;
use serde_json::Value;
use wasmparser::{BinaryReaderError, WasmFeatures};
use wasmtime::component::{Component, Linker};

use crate::abi::v1::{self, Exports};
use crate::compile::{Compiled, Compiler, Haste};
use crate::loaded::{Loaded, Pace};
use crate::problem::tame;
use crate::sandbox::Sandbox;
use crate::session::{Budget, Session};
use crate::{Digest, Fault, Limits, Slot, settings};
use shape::Shape;

/// A component that may run.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    /// Its name for good.
    pub digest: Digest,
    /// The version of the contract (`rolecall:plugin`) it was built against.
    pub contract: String,
    /// What it calls itself.
    pub name: String,
    /// What it calls its version.
    pub version: String,
    /// The slots it can fill; at least one.
    pub slots: Vec<Slot>,
    /// JSON Schema (2020-12) of its settings, if it takes any.
    pub settings_schema: Option<Value>,
    /// The interfaces it imports.
    pub imports: Vec<String>,
    /// Its size.
    pub bytes: usize,
    /// What its author may want to know though nothing is wrong.
    pub warnings: Vec<String>,
}

/// A component that may not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// Machine-readable: `empty`, `too_large`, `precompiled`, `core_module`, `not_a_component`,
    /// `invalid`, `too_complex`, `forbidden_import`, `wrong_version`, `missing_export`,
    /// `wrong_export`, `too_hungry`, `compile_failed`, `start_failed`, `describe_failed`,
    /// `invalid_schema`, `digest_mismatch`; or `compiler_unavailable`, which is our fault.
    pub code: &'static str,
    /// What was sent, what is wrong, how to fix it.
    pub detail: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    /// Nothing is known to be wrong with the component: we could not look.
    pub(crate) fn ours(detail: impl Into<String>) -> Self {
        Self::new("compiler_unavailable", detail)
    }

    /// Whether it is our fault, and trying again may help.
    pub fn is_ours(&self) -> bool {
        self.code == "compiler_unavailable"
    }
}

/// What the guest toolchains need, and no more. The engine's configuration says the same, but for memories.
pub(crate) fn features() -> WasmFeatures {
    WasmFeatures::WASM2
        .difference(WasmFeatures::SIMD)
        .union(WasmFeatures::EXTENDED_CONST)
        .union(WasmFeatures::COMPONENT_MODEL)
}

/// Why a component is not valid.
pub(crate) fn words(error: &BinaryReaderError) -> String {
    format!("{} (at byte {})", error.message(), error.offset())
}

pub(crate) fn invalid(words: &str) -> Refusal {
    Refusal::new(
        "invalid",
        format!(
            "This is not a valid component: {words}. It may have been cut short, or use a WebAssembly feature that \
             plugins may not use."
        ),
    )
}

/// Takes a component in: what it is, how to run it, and its native code.
pub(crate) fn check(
    linker: &Linker<Sandbox>,
    compiler: &Compiler,
    limits: &Limits,
    bytes: &[u8],
) -> Result<(Checked, Loaded, Compiled), Refusal> {
    let shape = Shape::read(bytes, limits)?;
    names::imports(&shape.imports)?;
    let contract = names::exports(&shape.exports)?;
    let digest = Digest::of(bytes);
    let code = compiler.compile(linker.engine(), limits, Haste::Upload, &digest, bytes)?;
    let loaded = load(linker, &code.component)?;

    let mut session = Session::open(&loaded.pre, limits, Budget::of_setup(limits))
        .map_err(|fault| failed("start_failed", "when it was instantiated", &fault))?;
    types(&mut session, &loaded.exports)?;
    let memory_at_start = session.sandbox().memory_bytes();
    let (info,): (v1::Info,) = session
        .call(loaded.exports.describe, ())
        .map_err(|fault| failed("describe_failed", "in `lifecycle.describe`", &fault))?;

    let grew = session.sandbox().memory_bytes() > memory_at_start;
    let checked = Checked {
        digest,
        contract,
        name: named("name", info.name)?,
        version: named("version", info.version)?,
        slots: Slot::ALL
            .into_iter()
            .filter(|&s| loaded.exports.slot(s).is_some())
            .collect(),
        settings_schema: info
            .settings_schema
            .as_deref()
            .map(|text| schema(compiler, text))
            .transpose()?,
        imports: shape
            .imports
            .into_iter()
            .map(|import| import.name)
            .collect(),
        bytes: bytes.len(),
        warnings: warnings(memory_at_start, grew),
    };
    Ok((checked, loaded, code))
}

/// Compiled, it is linked with what it imports.
pub(crate) fn load(linker: &Linker<Sandbox>, component: &Component) -> Result<Loaded, Refusal> {
    let exports = Exports::find(component).map_err(|(interface, function)| {
        Refusal::new(
            "wrong_export",
            format!(
                "The component exports `{interface}` without its function `{function}`. \
                 Export the interface as wit/v1/plugin.wit has it."
            ),
        )
    })?;
    let pre = linker.instantiate_pre(component).map_err(|error| {
        tracing::debug!(error = format!("{error:#}"), "component does not link");
        Refusal::new(
            "forbidden_import",
            format!(
                "The component imports `{}` with other functions or types than the contract's. \
                 Rebuild it against wit/v1/plugin.wit as it is.",
                v1::LOG
            ),
        )
    })?;
    Ok(Loaded {
        pre,
        exports,
        pace: Pace::default(),
    })
}

/// Whether every function has the contract's types.
fn types(session: &mut Session<'_>, exports: &Exports) -> Result<(), Refusal> {
    exports.check_types(session).map_err(|(interface, function, error)| {
        tracing::debug!(error = format!("{error:#}"), interface, function, "wrong types");
        Refusal::new(
            "wrong_export",
            format!(
                "`{function}` in `{interface}` does not have the contract's parameters and result. \
                 Rebuild the component against wit/v1/plugin.wit as it is; names of fields and \
                 parameters count."
            ),
        )
    })
}

fn failed(code: &'static str, place: &str, fault: &Fault) -> Refusal {
    let detail = &fault.detail;
    Refusal::new(
        code,
        format!("The component follows the contract, but failed {place}: {detail}."),
    )
}

fn named(what: &str, text: String) -> Result<String, Refusal> {
    let text = tame(text);
    if text.trim().is_empty() || text.chars().count() > 100 {
        let detail = format!("`lifecycle.describe` gave a {what} that is not 1 to 100 characters.");
        return Err(Refusal::new("describe_failed", detail));
    }
    Ok(text)
}

fn schema(compiler: &Compiler, text: &str) -> Result<Value, Refusal> {
    let schema =
        serde_json::from_str(text).map_err(|error| settings::no_schema(error.to_string()))?;
    settings::check_schema(compiler.elsewhere(), &schema)?;
    Ok(schema)
}

fn warnings(memory_at_start: usize, grew: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    if memory_at_start > crate::engine::KEPT_MEMORY {
        warnings.push(format!(
            "It starts with {memory_at_start} bytes of memory. Beyond {} each decision takes \
             noticeably longer: link with a smaller stack and initial memory if you can.",
            crate::engine::KEPT_MEMORY
        ));
    }
    if grew {
        warnings.push(
            "It grows its memory while it runs, which makes each decision several times slower: \
             link with a larger initial memory (`--initial-memory`)."
                .to_owned(),
        );
    }
    warnings
}
