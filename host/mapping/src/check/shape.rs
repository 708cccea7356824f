//! A component's form, read without validating or compiling it: what it is, what it imports and exports, and whether
//! compiling and running it stays within bounds. What is not valid may be read as anything; it never gets any further
//! than the compiler, which validates first.

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, Encoding, Parser, Payload,
};
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

/// Components inside one another. Toolchains need 2, and each time that plugins are composed adds 1.
const DEPTH: usize = 16;

/// Instances that one instance is made of: a component that instantiates another twice, which does the same, and so
/// on, is small, and the compiler would write all of them out.
const INSTANCES: usize = 1_000;

const PAGE: u64 = 65_536;

/// What a component shows on the outside.
#[derive(Default)]
pub(super) struct Shape {
    pub(super) imports: Vec<Import>,
    pub(super) exports: Vec<String>,
    modules: usize,
    functions: usize,
    code: usize,
    /// What is open at this place, the outermost first.
    scopes: Vec<Scope>,
}

/// A component or core module that is being read.
#[derive(Default)]
struct Scope {
    is_component: bool,
    /// Instances that each known component is made of; none: it comes from elsewhere.
    components: Vec<Option<usize>>,
    /// Instances that it makes when it is instantiated.
    instances: usize,
}

/// One import of a component.
pub(super) struct Import {
    pub(super) name: String,
    pub(super) is_interface: bool,
}

impl Shape {
    pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        form(bytes, limits)?;
        let mut shape = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(unreadable)?;
            shape.count(&payload)?;
            shape.take(payload, limits)?;
        }
        Ok(shape)
    }

    /// Follows what is open, and how many instances come of it.
    fn count(&mut self, payload: &Payload<'_>) -> Result<(), Refusal> {
        match payload {
            Payload::Version { encoding, .. } => {
                self.scopes.push(Scope {
                    is_component: *encoding == Encoding::Component,
                    ..Scope::default()
                });
                within("components inside one another", self.scopes.len(), DEPTH)
            }
            Payload::End(_) => {
                let ended = self.scopes.pop().unwrap_or_default();
                if let (true, Some(around)) = (ended.is_component, self.scopes.last_mut()) {
                    around.components.push(Some(ended.instances + 1));
                }
                Ok(())
            }
            Payload::InstanceSection(section) => self.instantiated(Some(section.count() as usize)),
            Payload::ComponentInstanceSection(section) => {
                for instance in section.clone() {
                    let instance = instance.map_err(unreadable)?;
                    if let ComponentInstance::Instantiate {
                        component_index, ..
                    } = instance
                    {
                        self.instantiated(self.known(0, component_index))?;
                    }
                }
                Ok(())
            }
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    if matches!(
                        import.map_err(unreadable)?.ty,
                        ComponentTypeRef::Component(_)
                    ) {
                        self.name(None);
                    }
                }
                Ok(())
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    match alias.map_err(unreadable)? {
                        ComponentAlias::InstanceExport {
                            kind: ComponentExternalKind::Component,
                            ..
                        } => self.name(None),
                        ComponentAlias::Outer {
                            kind: ComponentOuterAliasKind::Component,
                            count,
                            index,
                        } => self.name(self.known(count as usize, index)),
                        _ => {}
                    }
                }
                Ok(())
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    let export = export.map_err(unreadable)?;
                    // An export is one more name of what it exports.
                    if export.kind == ComponentExternalKind::Component {
                        self.name(self.known(0, export.index));
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The next component of this scope.
    fn name(&mut self, instances: Option<usize>) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.components.push(instances);
        }
    }

    /// Instances that a component is made of, so many scopes further out. One that doesn't exist is not valid, and so
    /// makes none.
    fn known(&self, outwards: usize, index: u32) -> Option<usize> {
        let scope = self.scopes.iter().rev().nth(outwards);
        scope.map_or(Some(0), |scope| {
            scope
                .components
                .get(index as usize)
                .copied()
                .unwrap_or(Some(0))
        })
    }

    fn instantiated(&mut self, instances: Option<usize>) -> Result<(), Refusal> {
        let (Some(instances), Some(scope)) = (instances, self.scopes.last_mut()) else {
            return Err(Refusal::new(
                "too_complex",
                "The component instantiates a component that it is handed, so nobody can say beforehand how many \
                 instances come of it. Compose it into one whose parts are fixed.",
            ));
        };
        scope.instances = scope.instances.saturating_add(instances);
        within("instances", scope.instances, INSTANCES)
    }

    fn take(&mut self, payload: Payload<'_>, limits: &Limits) -> Result<(), Refusal> {
        let outermost = self.scopes.len() == 1;
        match payload {
            Payload::Version {
                encoding: Encoding::Module,
                ..
            } => {
                self.modules += 1;
                within("core modules", self.modules, MODULES)
            }
            Payload::ComponentImportSection(section) if outermost => {
                for import in section {
                    let import = import.map_err(unreadable)?;
                    self.imports.push(Import {
                        name: import.name.name.to_owned(),
                        is_interface: matches!(import.ty, ComponentTypeRef::Instance(_)),
                    });
                }
                Ok(())
            }
            Payload::ComponentExportSection(section) if outermost => {
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
    super::invalid(&super::words(&error))
}
