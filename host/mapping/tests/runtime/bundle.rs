//! Real guests, built with the SDK.

use rolecall_mapping::{Input, Slot};
use rolecall_plugin_bundle::{RESELLER_MAPPING, RULES};
use serde_json::Value;

use crate::guest::{RUNTIME, mapping};

const USER: &str = r#"{
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "id": "018f", "userName": "ada@northwind.example", "displayName": "Ada Byron", "title": "Account Manager",
    "active": true,
    "emails": [{ "value": "ada@northwind.example", "type": "work", "primary": true }],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "department": "EMEA Sales", "costCenter": "EU-4130"
    }
}"#;

const GROUPS: &str = r#"[{ "value": "g1", "display": "Northwind Analysts" }]"#;

const ADA: Input<'_> = Input {
    user: USER,
    groups: GROUPS,
    home: "northwind",
};

#[test]
fn is_taken_without_a_warning_and_so_is_the_stock_plugin() {
    for (name, component) in [("reseller-mapping", RESELLER_MAPPING), ("rules", RULES)] {
        let checked = RUNTIME.check(component).unwrap();
        assert_eq!(checked.name, name);
        assert_eq!(checked.slots, Slot::ALL);
        assert_eq!(checked.warnings, [] as [String; 0]);
    }
}

#[test]
fn decides_the_same_a_hundred_times_byte_for_byte_and_unit_for_unit() {
    let digest = RUNTIME.check(RESELLER_MAPPING).unwrap().digest;
    let mapping = mapping(&digest);
    let first = RUNTIME.decide(&mapping, &ADA).unwrap();
    let proposal = first.result.as_ref().unwrap();
    let case = include_str!("../../../../examples/reseller-mapping/cases/account-manager.json");
    let case: Value = serde_json::from_str(case).unwrap();
    assert_eq!(
        *proposal,
        serde_json::from_value(case["expect"].clone()).unwrap()
    );
    for _ in 0..100 {
        let again = RUNTIME.decide(&mapping, &ADA).unwrap();
        assert_eq!(again.result.as_ref().unwrap(), proposal);
        for (run, known) in again.slots.iter().zip(&first.slots) {
            assert_eq!(run.output_digest(), known.output_digest());
            assert_eq!(run.input_digest, known.input_digest);
            assert_eq!(run.fuel, known.fuel);
        }
    }
}

#[test]
fn never_grows_its_memory() {
    let digest = RUNTIME.check(RESELLER_MAPPING).unwrap().digest;
    let outcome = RUNTIME.decide(&mapping(&digest), &ADA).unwrap();
    let memory: Vec<_> = outcome.slots.iter().map(|run| run.memory_bytes).collect();
    assert_eq!(memory, [393_216; 3], "what plugins/build says");
}
