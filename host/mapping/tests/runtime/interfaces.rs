//! Uploads that are components, but not plugins of this contract.

use rolecall_mapping::Slot;

use crate::guest::{Guest, RUNTIME, component, contract};
use crate::uploads::{assert_says, refused};

#[test]
fn one_slot_is_enough() {
    let text = Guest::default()
        .text()
        .replace("tenants@1.0.0#", "unused-")
        .replace("roles@1.0.0#", "unused-");
    let checked = RUNTIME
        .check(&component(&text, &contract(), "attributes-plugin"))
        .unwrap();
    assert_eq!(checked.slots, [Slot::Attributes]);
}

#[test]
fn what_imports_more_than_the_log() {
    let wasi = wat::parse_str(
        r#"(component
            (import "wasi:cli/environment@0.2.6" (instance))
            (import "wasi:io/streams@0.2.6" (instance)))"#,
    );
    let words = [
        "wasi:cli/environment@0.2.6",
        "wasi:io/streams@0.2.6",
        "wasm32-unknown-unknown",
        "--stub-wasi",
    ];
    assert_says(&refused(&wasi.unwrap()), "forbidden_import", &words);
    let other = wat::parse_str(r#"(component (import "acme:db/query@1.0.0" (instance)))"#);
    assert_says(
        &refused(&other.unwrap()),
        "forbidden_import",
        &["acme:db/query", "wit/v1"],
    );
    let function = wat::parse_str(r#"(component (import "now" (func (result u64))))"#);
    assert_says(&refused(&function.unwrap()), "forbidden_import", &["`now`"]);
}

#[test]
fn what_imports_another_log() {
    let log = wat::parse_str(
        r#"(component
            (import "rolecall:plugin/log@1.0.0" (instance (export "read" (func (result string)))))
            (instance $empty)
            (export "rolecall:plugin/lifecycle@1.0.0" (instance $empty))
            (export "rolecall:plugin/roles@1.0.0" (instance $empty)))"#,
    );
    let refusal = refused(&log.unwrap());
    assert!(
        matches!(refusal.code, "forbidden_import" | "wrong_export"),
        "{refusal}"
    );
}

#[test]
fn what_exports_nothing_of_the_contract() {
    let nothing = wat::parse_str("(component)").unwrap();
    assert_says(
        &refused(&nothing),
        "missing_export",
        &["lifecycle", "attributes", "exports nothing"],
    );
    let other = r#"(component (instance $i) (export "acme:tool/run@1.0.0" (instance $i)))"#;
    assert_says(
        &refused(&wat::parse_str(other).unwrap()),
        "missing_export",
        &["acme:tool/run"],
    );
    let no_slot =
        r#"(component (instance $i) (export "rolecall:plugin/lifecycle@1.0.0" (instance $i)))"#;
    let refusal = refused(&wat::parse_str(no_slot).unwrap());
    assert_says(
        &refusal,
        "missing_export",
        &["any of `rolecall:plugin/attributes`"],
    );
    let no_lifecycle =
        r#"(component (instance $i) (export "rolecall:plugin/roles@1.0.0" (instance $i)))"#;
    let refusal = refused(&wat::parse_str(no_lifecycle).unwrap());
    assert_says(
        &refusal,
        "missing_export",
        &["does not export `rolecall:plugin/lifecycle`."],
    );
}

#[test]
fn what_exports_an_interface_without_its_function() {
    let empty = r#"(component (instance $i)
        (export "rolecall:plugin/lifecycle@1.0.0" (instance $i))
        (export "rolecall:plugin/roles@1.0.0" (instance $i)))"#;
    assert_says(
        &refused(&wat::parse_str(empty).unwrap()),
        "wrong_export",
        &["without its function"],
    );
}

#[test]
fn what_has_other_types() {
    // Somebody made `reason` optional in their copy of the contract.
    let theirs = include_str!("../../../../wit/v1/plugin.wit")
        .replace("    reason: string,", "    reason: option<string>,");
    let mut resolve = wit_parser::Resolve::default();
    resolve.push_str("theirs.wit", &theirs).unwrap();
    let bytes = component(&Guest::default().text(), &resolve, "plugin");
    let words = [
        "`placements` in `rolecall:plugin/tenants@1.0.0`",
        "wit/v1/plugin.wit",
    ];
    assert_says(&refused(&bytes), "wrong_export", &words);
}

#[test]
fn what_speaks_another_version() {
    for version in ["2.0.0", "1.1.0", "0.9.0"] {
        let theirs = include_str!("../../../../wit/v1/plugin.wit").replace(
            "package rolecall:plugin@1.0.0",
            &format!("package rolecall:plugin@{version}"),
        );
        let mut resolve = wit_parser::Resolve::default();
        resolve.push_str("theirs.wit", &theirs).unwrap();
        let text = Guest::default()
            .text()
            .replace("@1.0.0", &format!("@{version}"));
        let bytes = component(&text, &resolve, "plugin");
        assert_says(
            &refused(&bytes),
            "wrong_version",
            &[version, "this host speaks 1.0.0"],
        );
    }
}

#[test]
fn descriptions_that_describe_nothing() {
    let besides = r#"(data (i32.const 512) "     ")"#;
    let refusal = Guest {
        besides,
        ..Guest::default()
    }
    .refusal();
    assert_says(&refusal, "describe_failed", &["name"]);
    let describe = |schema: &'static str| {
        Guest {
            besides: schema,
            ..Guest::default()
        }
        .refusal()
    };
    let not_json = r#"(data (i32.const 700) "{]") (data (i32.const 1040) "\01\00\00\00\bc\02\00\00\02\00\00\00")"#;
    assert_says(&describe(not_json), "invalid_schema", &["settings schema"]);
    let no_schema = r#"(data (i32.const 700) "{\"type\":7}") (data (i32.const 1040) "\01\00\00\00\bc\02\00\00\0a\00\00\00")"#;
    assert_says(&describe(no_schema), "invalid_schema", &["settings schema"]);
}
