//! What a component asks for and what it offers, by name.

use super::Refusal;
use super::shape::Import;
use crate::Slot;
use crate::abi::v1;

/// The contract that this host speaks.
const SPOKEN: &str = "1.0.0";

/// A plugin may import `log` and the types it is written in, nothing else.
pub(super) fn imports(imports: &[Import]) -> Result<(), Refusal> {
    let mut forbidden = Vec::new();
    for import in imports {
        match (ours(&import.name), import.is_interface) {
            (Some(("log" | "types", version)), true) => spoken(&import.name, version)?,
            _ => forbidden.push(format!("`{}`", import.name)),
        }
    }
    let Some(first) = forbidden.first() else {
        return Ok(());
    };
    let fix = if first.starts_with("`wasi:") {
        "In Rust, build for wasm32-unknown-unknown instead of wasm32-wasip1 or wasm32-wasip2. In \
         JavaScript and Python, build with WASI stubbed out (`--stub-wasi`)."
    } else {
        "Build it against the world in wit/v1/plugin.wit, with nothing added."
    };
    let names = match forbidden.len() {
        1..=5 => forbidden.join(", "),
        n => format!("{} and {} more", forbidden[..4].join(", "), n - 4),
    };
    Err(Refusal::new(
        "forbidden_import",
        format!(
            "The component imports {names}. A plugin reaches nothing but \
             `rolecall:plugin/log@{SPOKEN}`. {fix}"
        ),
    ))
}

/// A plugin exports `lifecycle` and at least one slot; what else it exports is its own business. Returns the
/// version of the contract it was built against.
pub(super) fn exports(exports: &[String]) -> Result<String, Refusal> {
    let (mut lifecycle, mut slot) = (None, false);
    for export in exports {
        let Some((interface, version)) = ours(export) else {
            continue;
        };
        spoken(export, version)?;
        if interface == "lifecycle" {
            lifecycle = Some(version);
        }
        slot |= Slot::ALL.iter().any(|slot| slot.as_str() == interface);
    }
    let missing = match (lifecycle, slot) {
        (Some(version), true) => return Ok(version.to_owned()),
        (None, true) => "`rolecall:plugin/lifecycle`".to_owned(),
        (lifecycle, false) => {
            let slots = Slot::ALL
                .map(|slot| format!("`{}/{slot}`", v1::PACKAGE))
                .join(", ");
            let besides = if lifecycle.is_some() {
                ""
            } else {
                "`rolecall:plugin/lifecycle` and "
            };
            format!("{besides}any of {slots}")
        }
    };
    let found = match exports {
        [] => "It exports nothing.".to_owned(),
        _ => format!(
            "It exports: `{}`.",
            exports[..exports.len().min(5)].join("`, `")
        ),
    };
    Err(Refusal::new(
        "missing_export",
        format!(
            "The component does not export {missing}. {found} Build it with the SDK's `export!`, \
             or against a world in wit/v1/plugin.wit."
        ),
    ))
}

/// Interface and version, if the name is one of our package's.
fn ours(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix(v1::PACKAGE)?
        .strip_prefix('/')?
        .split_once('@')
}

/// Whether this host speaks the version: the same major, and no later minor.
fn spoken(name: &str, version: &str) -> Result<(), Refusal> {
    let parts = |version: &str| {
        let mut parts = version.split('.').map(str::parse::<u64>);
        Some((parts.next()?.ok()?, parts.next()?.ok()?))
    };
    match (parts(version), parts(SPOKEN)) {
        (Some((major, minor)), Some((our_major, our_minor)))
            if major == our_major && minor <= our_minor =>
        {
            Ok(())
        }
        _ => Err(Refusal::new(
            "wrong_version",
            format!(
                "The component was built against version {version} of the contract (`{name}`); \
                 this host speaks {SPOKEN}. Rebuild it against wit/v1, or update the host."
            ),
        )),
    }
}
