//! Attacks by what runs before any decision: the start of an instance, `describe`, `prepare`.

use super::wat::{
    DEEPER, ENDS, FRESH, GROW, RECURSE, SPIN, TRAP, data, fill, grow, log, warn, words, write,
};
use super::{Attack, withstand};
use crate::support::{Db, Guest};

/// What the four ends of [`ENDS`] are called. On a busy machine time may be over before the fuel is.
const SAID: [&str; 4] = [
    "fuel|ran for too long",
    "recursed",
    "67108864 bytes of memory",
    "it died",
];

#[tokio::test]
async fn at_start_and_in_describe() {
    let mut attacks = Vec::new();
    for ((end, instructions), said) in ENDS.into_iter().zip(SAID) {
        let start = format!("{DEEPER} (func $start {instructions}) (start $start)");
        let start = Guest::viewer().with_fields(&start).component();
        attacks.push(Attack::refused(
            format!("{end} at start"),
            start,
            "start_failed",
            said,
        ));
        let describe = Guest::viewer()
            .with_fields(DEEPER)
            .before_describe(instructions);
        attacks.push(Attack::refused(
            format!("{end} in describe"),
            describe.component(),
            "describe_failed",
            said,
        ));
    }
    for (name, guest, words) in [
        (
            "a name of 32 MiB",
            Guest::viewer()
                .with_fields(&words(512, &[FRESH as u32, 32 << 20, 1024, 1, 0, 0, 0]))
                .before_describe(&format!("{} (return (i32.const 512))", grow(600))),
            "more than 1048576 bytes",
        ),
        (
            "a name that lies outside",
            Guest::viewer()
                .with_fields(&words(512, &[0x7fff_0000, 1024, 1024, 1, 0, 0, 0]))
                .before_describe("(return (i32.const 512))"),
            "does not follow the plugin contract",
        ),
        (
            "a name that is not UTF-8",
            Guest::viewer()
                .with_fields(
                    &(words(512, &[560, 3, 1024, 1, 0, 0, 0]) + &data(560, b"\xff\xfe\x80")),
                )
                .before_describe("(return (i32.const 512))"),
            "utf-8",
        ),
        (
            "a description that lies outside",
            Guest::viewer().before_describe("(return (i32.const 0x7ffffff0))"),
            "does not follow the plugin contract",
        ),
        (
            "no name",
            Guest::viewer().named(" \t"),
            "1 to 100 characters",
        ),
        (
            "a long name",
            Guest::viewer().named(&"n".repeat(101)),
            "1 to 100 characters",
        ),
    ] {
        attacks.push(Attack::refused(
            name,
            guest.component(),
            "describe_failed",
            words,
        ));
    }
    let flood = Guest::viewer()
        .with_fields(&warn())
        .before_describe(&format!("(loop $again {} (br $again))", log(1020, 4)));
    let flood = flood.component();
    attacks.push(Attack::refused(
        "a log flood in describe",
        flood,
        "describe_failed",
        "fuel|ran for too long",
    ));
    withstand(Db::Sqlite, attacks).await;
}

#[tokio::test]
async fn in_prepare() {
    let mut attacks = Vec::new();
    for ((end, instructions), said) in ENDS.into_iter().zip(SAID) {
        let guest = Guest::viewer()
            .with_fields(DEEPER)
            .before_prepare(instructions);
        attacks.push(Attack::unprepared(
            format!("{end} in prepare"),
            &guest,
            "prepare_failed",
            said,
        ));
    }
    let returning = |answer: &[u32]| {
        Guest::viewer()
            .with_fields(&words(512, answer))
            .before_prepare("(return (i32.const 512))")
    };
    let huge = Guest::viewer()
        .with_fields(&words(512, &[0, FRESH as u32, 32 << 20]))
        .before_prepare(&format!("{} (return (i32.const 512))", grow(600)));
    attacks.extend([
        Attack::unprepared(
            "32 MiB prepared",
            &huge,
            "prepare_failed",
            "more than 1048576 bytes",
        ),
        Attack::unprepared(
            "prepared bytes outside",
            &returning(&[0, 0x7fff_0000, 1024]),
            "prepare_failed",
            "does not follow",
        ),
        Attack::unprepared(
            "settings refused without a reason",
            &returning(&[1, 0, 0]),
            "prepare_failed",
            "without saying why",
        ),
        Attack::unprepared(
            "10,000 reasons that say nothing",
            &returning(&[1, 524_288, 10_000]),
            "unnamed",
            "does not say",
        ),
        Attack::decides("200 kB prepared", &returning(&[0, 1024, 200_000]), "{}"),
        Attack::decides(
            "a name in colours",
            &Guest::viewer().named("\u{1b}[31mroot\u{0}\u{7}"),
            "{}",
        ),
        Attack::decides(
            "a schema with the character U+0000",
            &Guest::viewer().with_schema(r#"{"description": "\u0000", "default": "\u0000"}"#),
            "{}",
        ),
        Attack::decides(
            "nearly all the fuel in describe",
            &Guest::viewer().before_describe(&format!(
                "{} {}",
                grow(500),
                fill(FRESH, 1, 32_000_000).repeat(25)
            )),
            "{}",
        ),
    ]);
    withstand(Db::Sqlite, attacks).await;
}

/// Allocators of a guest are called by the host, with nothing of the decision done yet. They misbehave for what is
/// long, which only a user is.
#[tokio::test]
async fn in_the_allocator() {
    const USUAL: &str = "(local.set $at
          (i32.and (i32.add (global.get $free) (i32.const 15)) (i32.const -16)))
        (global.set $free (i32.add (local.get $at) (local.get 3)))
        (local.get $at)";
    let badly = |instructions: &str| {
        let instructions =
            format!("(if (i32.gt_u (local.get 3) (i32.const 2500)) (then {instructions})) {USUAL}");
        Guest::viewer()
            .with_fields(&(DEEPER.to_owned() + &warn()))
            .allocating(&instructions)
    };
    let contract = "does not follow the plugin contract";
    withstand(
        Db::Sqlite,
        vec![
            Attack::fails(
                "an endless loop in the allocator",
                &badly(SPIN),
                "fuel",
                "fuel",
            ),
            Attack::fails(
                "recursion in the allocator",
                &badly(RECURSE),
                "stack",
                "recursed",
            ),
            Attack::fails("a trap in the allocator", &badly(TRAP), "trap", "it died"),
            Attack::fails(
                "endless memory in the allocator",
                &badly(GROW),
                "memory",
                "67108864",
            ),
            Attack::fails(
                "memory that lies outside",
                &badly("(return (i32.const 0x7fff0000))"),
                "malformed",
                contract,
            ),
            Attack::fails(
                "memory at the very end",
                &badly("(return (i32.const 1048575))"),
                "malformed",
                contract,
            ),
            Attack::decides(
                "memory over its own data",
                &badly("(return (i32.const 16384))"),
                "{}",
            ),
            Attack::fails(
                "an allocator that talks",
                &badly(&log(1020, 4)),
                "trap",
                "it died",
            ),
            Attack::decides(
                "an allocator that writes everywhere",
                &badly(&(fill(524_288, 0x55, 500_000) + &write(524_288, "over"))),
                "{}",
            ),
            Attack::decides(
                "an allocator that takes its time",
                &badly(&format!(
                    "(local.set $at (i32.const 0)) {}",
                    "(nop)".repeat(100)
                )),
                "{}",
            ),
        ],
    )
    .await;
}
