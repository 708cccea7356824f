//! Uploads that are refused before anything of them runs.

use super::wat::{each, words};
use super::{Attack, withstand};
use crate::support::guest::Act;
use crate::support::{Db, Guest};

#[tokio::test]
async fn what_is_no_component() {
    let core = Guest::viewer().core_module();
    withstand(
        Db::Sqlite,
        vec![
            Attack::refused("nothing", Vec::new(), "empty", "Nothing was sent"),
            Attack::refused(
                "a script",
                b"#!/bin/sh\nrm -rf /\n".to_vec(),
                "not_a_component",
                "not WebAssembly",
            ),
            Attack::refused(
                "a core module",
                core,
                "core_module",
                "wasm-tools component new",
            ),
            Attack::refused(
                "a precompiled artefact",
                precompiled(2),
                "precompiled",
                "native code",
            ),
            Attack::refused(
                "a precompiled module",
                precompiled(1),
                "precompiled",
                "native code",
            ),
            Attack::refused(
                "machine code",
                precompiled(0),
                "not_a_component",
                "not WebAssembly",
            ),
            Attack::refused(
                "half a header",
                b"\0asm".to_vec(),
                "not_a_component",
                "not WebAssembly",
            ),
        ],
    )
    .await;
}

/// The head of an ELF file as wasmtime writes it for native code of a component (2) or a module (1): it would be
/// executed as it is.
fn precompiled(kind: u8) -> Vec<u8> {
    let mut head = [0; 64];
    head[..8].copy_from_slice(b"\x7fELF\x02\x01\x01\xc8");
    head[16..22].copy_from_slice(&[1, 0, 62, 0, 1, 0]);
    head[48] = kind;
    head[52] = 64;
    head[58] = 64;
    head.to_vec()
}

#[tokio::test]
async fn truncated_and_mutated() {
    let whole = Guest::viewer().component();
    let cut = (8..whole.len())
        .step_by(whole.len() / 12)
        .map(|length| Attack::anything(format!("cut at {length}"), whole[..length].to_vec()));
    let mutated = (8..whole.len()).step_by(whole.len() / 40).map(|at| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x15;
        Attack::anything(format!("byte {at} changed"), bytes)
    });
    let mut attacks: Vec<_> = cut.chain(mutated).collect();
    let twice = [&whole[..], &whole[..]].concat();
    attacks.push(Attack::refused(
        "two in one",
        twice,
        "invalid",
        "not a valid component",
    ));
    // A section that says it is four gigabytes long.
    let lying = [&whole[..], b"\x00\xff\xff\xff\xff\x0f"].concat();
    attacks.push(Attack::refused(
        "a lying section",
        lying,
        "invalid",
        "not a valid component",
    ));
    withstand(Db::Sqlite, attacks).await;
}

/// Everything that WASI 0.2 offers.
const WASI: [&str; 29] = [
    "wasi:cli/environment@0.2.0",
    "wasi:cli/exit@0.2.0",
    "wasi:cli/stderr@0.2.0",
    "wasi:cli/stdin@0.2.0",
    "wasi:cli/stdout@0.2.0",
    "wasi:cli/terminal-input@0.2.0",
    "wasi:cli/terminal-output@0.2.0",
    "wasi:cli/terminal-stderr@0.2.0",
    "wasi:cli/terminal-stdin@0.2.0",
    "wasi:cli/terminal-stdout@0.2.0",
    "wasi:clocks/monotonic-clock@0.2.0",
    "wasi:clocks/wall-clock@0.2.0",
    "wasi:filesystem/preopens@0.2.0",
    "wasi:filesystem/types@0.2.0",
    "wasi:http/incoming-handler@0.2.0",
    "wasi:http/outgoing-handler@0.2.0",
    "wasi:http/types@0.2.0",
    "wasi:io/error@0.2.0",
    "wasi:io/poll@0.2.0",
    "wasi:io/streams@0.2.0",
    "wasi:random/insecure-seed@0.2.0",
    "wasi:random/insecure@0.2.0",
    "wasi:random/random@0.2.0",
    "wasi:sockets/instance-network@0.2.0",
    "wasi:sockets/ip-name-lookup@0.2.0",
    "wasi:sockets/network@0.2.0",
    "wasi:sockets/tcp-create-socket@0.2.0",
    "wasi:sockets/tcp@0.2.0",
    "wasi:sockets/udp@0.2.0",
];

#[tokio::test]
async fn imports() {
    let mut attacks: Vec<_> = WASI
        .into_iter()
        .map(|name| {
            let guest = Guest::viewer().importing(name);
            let component = guest.component();
            Attack::refused(
                format!("imports {name}"),
                component,
                "forbidden_import",
                name,
            )
        })
        .collect();
    let all = WASI.into_iter().fold(Guest::viewer(), Guest::importing);
    let more = "and 25 more";
    attacks.push(Attack::refused(
        "imports all of WASI",
        all.component(),
        "forbidden_import",
        more,
    ));
    for (name, from, to, code, words) in [
        (
            "a log that takes bytes",
            "write: func(level: string, message: string);",
            "write: func(level: list<u8>, message: string);",
            "forbidden_import",
            "other functions or types",
        ),
        (
            "a later log",
            "package rolecall:plugin@1.0.0",
            "package rolecall:plugin@1.7.0",
            "wrong_version",
            "1.7.0",
        ),
        (
            "a contract from the future",
            "package rolecall:plugin@1.0.0",
            "package rolecall:plugin@9.0.0",
            "wrong_version",
            "9.0.0",
        ),
        (
            "grants with one more field",
            "kind: string,",
            "kind: string, sudo: bool,",
            "wrong_export",
            "grants",
        ),
    ] {
        let guest = Guest::new()
            .attributes(Act::Trap)
            .roles(Act::Trap)
            .with_contract(from, to);
        attacks.push(Attack::refused(name, guest.component(), code, words));
    }
    for (name, import) in [
        (
            "a function of nowhere",
            r#"(import "now" (func (result u64)))"#,
        ),
        ("a component", r#"(import "other" (component))"#),
        ("a core module", r#"(import "other" (core module))"#),
        (
            "a function that pretends to be ours",
            r#"(import "rolecall:plugin/log" (func))"#,
        ),
        (
            "an interface of ours that hosts don't offer",
            r#"(import "rolecall:plugin/secrets@1.0.0" (instance))"#,
        ),
    ] {
        let component = text(&format!("(component {import})"));
        let words = "A plugin reaches nothing but";
        attacks.push(Attack::refused(
            format!("imports {name}"),
            component,
            "forbidden_import",
            words,
        ));
    }
    withstand(Db::Sqlite, attacks).await;
}

#[tokio::test]
async fn bombs_for_the_compiler() {
    let core = |fields: &str| text(&format!("(component (core module {fields}))"));
    let too_complex =
        |name: &str, component, words| Attack::refused(name, component, "too_complex", words);
    let invalid = |name: &str, component: Vec<u8>| {
        Attack::refused(name, component, "invalid", "not a valid component")
    };
    let too_hungry =
        |name: &str, component, words| Attack::refused(name, component, "too_hungry", words);
    let mut attacks = vec![
        too_complex(
            "many functions",
            core(&"(func)".repeat(40_001)),
            "40001 functions",
        ),
        too_complex(
            "a long function",
            core(&format!(
                "(func {})",
                "(drop (i32.const 1234567))".repeat(80_000)
            )),
            "bytes in one function",
        ),
        too_complex(
            "many local variables",
            core(&format!("(func (local {}))", "i64 ".repeat(5_001))),
            "5001 local variables",
        ),
        too_complex(
            "many modules",
            text(&format!("(component {})", "(core module)".repeat(161))),
            "161 core modules",
        ),
        too_complex(
            "instances by the power of two",
            doubling("(component $c0)", 40),
            "instances",
        ),
        too_complex(
            "core instances by the power of two",
            doubling(
                "(component $c0 (core module $m) (core instance (instantiate $m)))",
                40,
            ),
            "instances",
        ),
        too_complex("components handed around", handed_around(), "component"),
        invalid("types by the power of two", type_bomb(40)),
        too_hungry(
            "more memory than there is",
            core("(memory 1025)"),
            "67174400 bytes",
        ),
        too_hungry(
            "a table of 20,001",
            core("(table 20001 funcref)"),
            "20001 elements",
        ),
        Attack::refused(
            "a data segment of 25 MB",
            core(&format!(
                "(memory 400) (data (i32.const 0) \"{}\")",
                "d".repeat(25 << 20)
            )),
            "too_large",
            "at most 25165824",
        ),
    ];
    for module in [
        "(memory i64 1)",
        "(memory 1 1 shared)",
        "(memory 1) (memory 1)",
        "(func (drop (v128.const i64x2 0 0)))",
        "(func $f (return_call $f))",
        "(tag)",
        "(type (struct))",
    ] {
        let module = format!("(core module {module})");
        attacks.push(invalid(&module, exported(&module)));
    }
    withstand(Db::Sqlite, attacks).await;
}

/// Bombs in components that would otherwise be taken.
#[tokio::test]
async fn bombs_that_compile() {
    let viewer = Guest::viewer;
    let functions = each(0..20_000, |n| {
        format!("(func (result i32) (i32.const {n}))")
    });
    let functions = viewer().with_fields(&functions);
    let branches = "(br_if 0 (i32.eqz (local.get 0)))".repeat(20_000);
    let branching = format!("(func (param i32) (block {branches}))");
    let deep = format!(
        "(func {} nop {})",
        "(block ".repeat(20_000),
        ")".repeat(20_000)
    );
    let segments = each(524_288..574_288, |at| {
        format!("(data (i32.const {at}) \"x\")")
    });
    let large = format!("(data (i32.const 524288) \"{}\")", "d".repeat(500_000));
    withstand(
        Db::Sqlite,
        vec![
            Attack::decides("20,000 functions", &functions, "{}"),
            Attack::decides("20,000 branches", &viewer().with_fields(&branching), "{}"),
            Attack::decides(
                "20,000 blocks in one another",
                &viewer().with_fields(&deep),
                "{}",
            ),
            Attack::decides(
                "50,000 data segments",
                &viewer().with_fields(&segments),
                "{}",
            ),
            Attack::decides("a large data segment", &viewer().with_fields(&large), "{}"),
            Attack::new_nested(10_000),
            Attack::refused(
                "a data segment beyond the memory",
                viewer()
                    .with_fields("(data (i32.const 0x7fff0000) \"x\")")
                    .component(),
                "start_failed",
                "out of bounds",
            ),
            Attack::refused(
                "more tables than there may be",
                viewer()
                    .with_fields(&"(table 1 funcref)".repeat(17))
                    .component(),
                "compile_failed",
                "does not compile",
            ),
            Attack::refused(
                "lifecycle and no slot",
                Guest::new().with_fields(&words(512, &[1])).component(),
                "missing_export",
                "any of",
            ),
        ],
    )
    .await;
}

impl Attack {
    /// A plugin with components inside one another that nobody uses.
    fn new_nested(depth: usize) -> Self {
        const HEADER: &[u8] = b"\0asm\x0d\0\x01\0";
        let mut nested = HEADER.to_vec();
        let mut whole = Guest::viewer().component();
        for _ in 0..depth {
            // Built from the inside out, backwards.
            let mut size = Vec::new();
            let mut left = nested.len();
            while left >= 0x80 {
                size.push(left as u8 | 0x80);
                left >>= 7;
            }
            size.push(left as u8);
            nested = [HEADER, &[4], &size, &nested].concat();
        }
        whole.extend_from_slice(&nested[HEADER.len()..]);
        Self::refused(
            format!("{depth} components inside one another"),
            whole,
            "too_complex",
            "inside one another",
        )
    }
}

fn text(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).expect("valid WAT")
}

/// Components of which each instantiates the one before twice, and a component `$c0` at the bottom.
fn doubling(bottom: &str, times: usize) -> Vec<u8> {
    let doubled = each(1..=times, |n| {
        let before = n - 1;
        format!(
            "(component $c{n} (alias outer 1 $c{before} (component $c))
               (instance (instantiate $c)) (instance (instantiate $c)))"
        )
    });
    exported(&format!(
        "{bottom} {doubled} (instance (instantiate $c{times}))"
    ))
}

/// Components that instantiate a component which they are given.
fn handed_around() -> Vec<u8> {
    let twice = r#"(component $twice (import "c" (component $c))
        (instance (instantiate $c)) (instance (instantiate $c)))"#;
    exported(&format!(
        r#"(component $bottom) {twice} (instance (instantiate $twice (with "c" (component $bottom))))"#
    ))
}

/// Types of which each names the one before twice.
fn type_bomb(times: usize) -> Vec<u8> {
    let doubled = each(1..=times, |n| {
        let before = n - 1;
        format!("(type $t{n} (tuple $t{before} $t{before}))")
    });
    exported(&format!("(type $t0 (tuple u8 u8)) {doubled}"))
}

/// With the exports that are looked for before anything is compiled.
fn exported(fields: &str) -> Vec<u8> {
    text(&format!(
        r#"(component {fields} (instance $nothing)
            (export "rolecall:plugin/lifecycle@1.0.0" (instance $nothing))
            (export "rolecall:plugin/roles@1.0.0" (instance $nothing)))"#
    ))
}
