//! The published contract does not change under those who built against it.

use rolecall_mapping::{Runtime, Slot};

use crate::guest::{RUNTIME, contract, decide};

/// What `Guest::default()` was built to on the day `wit/v1` was published.
const V1_0_0: &[u8] = include_bytes!("../golden/v1.0.0.wasm");

#[test]
fn a_component_of_the_first_day_is_still_taken_and_still_runs() {
    assert_eq!(RUNTIME.check(V1_0_0).unwrap().slots, Slot::ALL);
    assert!(decide(&RUNTIME, V1_0_0).result.is_ok());
}

#[test]
fn a_component_of_the_first_day_is_what_the_contract_asks_for() {
    let contract = contract();
    let packages: Vec<_> = contract.packages.iter().map(|(id, _)| id).collect();
    let world = contract.select_world(&packages, Some("plugin")).unwrap();
    wit_component::targets(&contract, world, V1_0_0).unwrap();
}

/// Whoever needs to change this digest is about to change a contract that others rely on: see
/// `wit/README.md`.
#[test]
fn the_published_text_is_what_it_was() {
    let text = include_bytes!("../../../../wit/v1/plugin.wit");
    let published = "sha256:8f1c8db8e092a72319165258d3e36d885fff7d848ba7483563f725a569fa3d60";
    assert_eq!(Runtime::digest(text).as_str(), published);
}
