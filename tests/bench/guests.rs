//! Components of several languages that decide about one user: the example's mapping in each, and the stock plugin.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, ensure};
use rolecall_mapping::{Bound, Digest, Input, Mapping, Runtime, Setup, Slot};

/// Twenty rules; about what a large customer has.
const RULES: &str = include_str!("rules.json");
const CATALOGUE: &str = r#"{"roles":[{"key":"viewer"},{"key":"analyst"},{"key":"admin"}],
    "features":[{"key":"exports"},{"key":"sso_audit"}]}"#;
const TENANTS: &str = r#"["northwind","northwind-emea","northwind-apac"]"#;

/// A component in all three slots.
pub(crate) struct Guest {
    pub(crate) name: &'static str,
    pub(crate) mapping: Mapping,
    /// Decisions in one round: it takes a tenth of a second or two.
    pub(crate) batch: u32,
    /// Microseconds that a decision may take.
    pub(crate) reach: f64,
}

/// All of them, Rust first.
pub(crate) fn all(runtime: &Runtime, input: &Input<'_>) -> Result<Vec<Guest>> {
    let example = |language: &str| {
        let path = examples().join(format!("{language}/target/reseller-mapping.wasm"));
        std::fs::read(&path)
            .with_context(|| format!("{}; tests/bench/run builds it", path.display()))
    };
    let rust = rolecall_plugin_bundle::RESELLER_MAPPING;
    let stock = rolecall_plugin_bundle::RULES;
    let guests = [
        ("Rust", rust, "{}", 4_000, 25.0),
        ("rules, 20 of them", stock, RULES, 2_000, 100.0),
        ("JavaScript (QuickJS)", &example("js")?, "{}", 400, 400.0),
        ("Python (CPython)", &example("python")?, "{}", 60, 3_000.0),
    ];
    let guests = guests.map(|(name, component, settings, batch, reach)| {
        let mapping = mapping(runtime, component, settings, input.home)?;
        let outcome = runtime.decide(&mapping, input)?;
        ensure!(outcome.result.is_ok(), "{name}: {:?}", outcome.result);
        Ok(Guest {
            name,
            mapping,
            batch,
            reach,
        })
    });
    guests.into_iter().collect()
}

/// The example's folder.
pub(crate) fn examples() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/reseller-mapping")
}

fn mapping(runtime: &Runtime, component: &[u8], settings: &str, home: &str) -> Result<Mapping> {
    let checked = runtime.check(component);
    let digest = checked.map_err(|refusal| anyhow!("{refusal:?}"))?.digest;
    let bind = |slot| bind(runtime, &digest, slot, settings, home);
    Ok(Mapping {
        attributes: bind(Slot::Attributes)?,
        tenants: bind(Slot::Tenants)?,
        roles: bind(Slot::Roles)?,
    })
}

fn bind(
    runtime: &Runtime,
    digest: &Digest,
    slot: Slot,
    settings: &str,
    home: &str,
) -> Result<Bound> {
    let setup = Setup {
        slot,
        settings,
        catalogue: CATALOGUE,
        tenants: TENANTS,
        home,
    };
    let prepared = runtime.prepare(digest, &setup)?;
    Ok(Bound::new(digest.clone(), settings.into(), prepared.into()))
}
