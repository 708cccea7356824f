//! A component's form, read without compiling it: what it is, whether it is valid, what it imports
//! and exports, and whether compiling and running it stays within bounds.

use wasmparser::{Encoding, Parser, Payload, Validator, WasmFeatures};
use wasmtime::Engine;

use super::Refusal;
use crate::Limits;

/// Core modules of one component: Python has 38.
const MODULES: usize = 160;

/// Functions of one component: QuickJS has some 3,000, Python 15,000.
const FUNCTIONS: usize = 40_000;

/// Bytes of one function's body. Compilers take more than linear time over a function: CPython's interpreter loop has
/// 427,000.
const BODY: usize = 448 << 10;

/// Local variables of one function, likewise.
const LOCALS: usize = 5_000;

const PAGE: u64 = 65_536;

/// What a component shows on the outside.
#[derive(Default)]
pub(super) struct Shape {
    pub(super) imports: Vec<Import>,
    pub(super) exports: Vec<String>,
    modules: usize,
    functions: usize,
    code: usize,
}

/// One import of a component.
pub(super) struct Import {
    pub(super) name: String,
    pub(super) is_interface: bool,
}

impl Shape {
    pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        form(bytes, limits)?;
        Validator::new_with_features(features()).validate_all(bytes).map_err(|error| {
            let (words, offset) = (error.message(), error.offset());
            Refusal::new(
                "invalid",
                format!(
                    "This is not a valid component: {words} (at byte {offset}). It may have been \
                     cut short, or use a WebAssembly feature that plugins may not use."
                ),
            )
        })?;
        let mut shape = Self::default();
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            shape.take(payload.map_err(unreadable)?, &mut depth, limits)?;
        }
        Ok(shape)
    }

    fn take(
        &mut self,
        payload: Payload<'_>,
        depth: &mut usize,
        limits: &Limits,
    ) -> Result<(), Refusal> {
        match payload {
            Payload::Version { encoding, .. } => {
                *depth += 1;
                self.modules += usize::from(encoding == Encoding::Module);
                within("core modules", self.modules, MODULES)
            }
            Payload::End(_) => {
                *depth -= 1;
                Ok(())
            }
            Payload::ComponentImportSection(section) if *depth == 1 => {
                for import in section {
                    let import = import.map_err(unreadable)?;
                    self.imports.push(Import {
                        name: import.name.name.to_owned(),
                        is_interface: matches!(
                            import.ty,
                            wasmparser::ComponentTypeRef::Instance(_)
                        ),
                    });
                }
                Ok(())
            }
            Payload::ComponentExportSection(section) if *depth == 1 => {
                for export in section {
                    self.exports
                        .push(export.map_err(unreadable)?.name.name.to_owned());
                }
                Ok(())
            }
            Payload::CodeSectionEntry(body) => {
                self.functions += 1;
                within("functions", self.functions, FUNCTIONS)?;
                let range = body.range();
                let bytes = (range.end - range.start) as usize;
                within("bytes in one function", bytes, BODY)?;
                self.code += bytes;
                within("bytes of code", self.code, limits.code_bytes)?;
                let mut locals = 0;
                for local in body.get_locals_reader().map_err(unreadable)? {
                    locals += local.map_err(unreadable)?.0 as usize;
                }
                within("local variables in one function", locals, LOCALS)
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    let bytes = memory.map_err(unreadable)?.initial.saturating_mul(PAGE);
                    affordable("bytes of memory", bytes, limits.memory_bytes)?;
                }
                Ok(())
            }
            Payload::TableSection(section) => {
                for table in section {
                    let elements = table.map_err(unreadable)?.ty.initial;
                    affordable("elements in a table", elements, limits.table_elements)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Whether the bytes are a component at all.
fn form(bytes: &[u8], limits: &Limits) -> Result<(), Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::new(
            "empty",
            "Nothing was sent. Send the component's bytes.",
        ));
    }
    if bytes.len() > limits.component_bytes {
        return Err(Refusal::new(
            "too_large",
            format!(
                "The component is {} bytes; at most {} are taken. Build it optimised for size and \
                 strip it; for JavaScript, take QuickJS rather than SpiderMonkey.",
                bytes.len(),
                limits.component_bytes
            ),
        ));
    }
    if Engine::detect_precompiled(bytes).is_some() {
        return Err(Refusal::new(
            "precompiled",
            "This is a component compiled to native code (.cwasm). Send the WebAssembly component \
             it was made from.",
        ));
    }
    if Parser::is_core_wasm(bytes) {
        return Err(Refusal::new(
            "core_module",
            "This is a core WebAssembly module, not yet a component. `rolecall plugin build` makes \
             one of a project; of the bare module, `wasm-tools component new module.wasm -o component.wasm`.",
        ));
    }
    if !Parser::is_component(bytes) {
        return Err(Refusal::new(
            "not_a_component",
            "This is not WebAssembly. Send a component: a binary file that starts with the bytes \
             00 61 73 6d 0d 00 01 00.",
        ));
    }
    Ok(())
}

/// What the guest toolchains need, and no more. The engine's configuration says the same, but for memories.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2
        .difference(WasmFeatures::SIMD)
        .union(WasmFeatures::EXTENDED_CONST)
        .union(WasmFeatures::COMPONENT_MODEL)
}

fn within(what: &str, found: usize, most: usize) -> Result<(), Refusal> {
    if found <= most {
        return Ok(());
    }
    Err(Refusal::new(
        "too_complex",
        format!(
            "The component has {found} {what}; at most {most} are taken, because compiling more \
             takes too long. Generated code may have to be split up, or read from the settings."
        ),
    ))
}

fn affordable(what: &str, needed: u64, most: usize) -> Result<(), Refusal> {
    if needed <= most as u64 {
        return Ok(());
    }
    Err(Refusal::new(
        "too_hungry",
        format!("The component needs {needed} {what} to start; a plugin may have {most}."),
    ))
}

#[expect(clippy::needless_pass_by_value, reason = "a function for map_err")]
fn unreadable(error: wasmparser::BinaryReaderError) -> Refusal {
    Refusal::new(
        "invalid",
        format!("This component cannot be read: {error}."),
    )
}
