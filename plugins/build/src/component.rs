//! A core module made a component.

use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

use crate::Error;

/// The contract's interfaces, as core modules import them.
const CONTRACT: &str = "rolecall:plugin/";

/// Where bindings put what they need of the component model itself.
const INTRINSICS: &str = "[export]";

/// Encodes a module that the SDK's `export!`, or another generator of bindings, left the contract in.
pub(crate) fn encode(name: &str, module: &[u8]) -> Result<Vec<u8>, Error> {
    let refused = |why: String| Error::NotAComponent {
        name: name.to_owned(),
        why,
    };
    if let Some(import) = foreign_import(module) {
        return Err(refused(format!(
            "it imports {import}, and a plugin reaches nothing but its log. Some dependency expects a \
             browser or an operating system: leave it out, or switch that feature of it off"
        )));
    }
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(ComponentEncoder::encode)
        .map_err(|error| refused(format!("{error:#}")))
}

/// The first import from outside the contract, as `module::name`.
fn foreign_import(module: &[u8]) -> Option<String> {
    for payload in Parser::new(0).parse_all(module) {
        let Ok(Payload::ImportSection(imports)) = payload else {
            continue;
        };
        for import in imports.into_imports().flatten() {
            if !import.module.starts_with(CONTRACT) && !import.module.starts_with(INTRINSICS) {
                return Some(format!("`{}::{}`", import.module, import.name));
            }
        }
    }
    None
}
