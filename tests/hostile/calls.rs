//! Attacks by the functions of the three slots: loops, recursion, memory, tables, traps, and work up to just below
//! each limit.

use super::wat::{DEEPER, ENDS, FRESH, SPIN, fill, grow, times};
use super::{Attack, withstand};
use crate::support::guest::{Act, grant, placement};
use crate::support::{Db, Guest};

fn first(instructions: &str) -> Act {
    let profile = Act::Profile("{}".to_owned());
    Act::After(instructions.to_owned(), Box::new(profile))
}

#[tokio::test]
async fn in_each_slot() {
    let said = [
        ("fuel", "used up its fuel"),
        ("stack", "recursed too deeply"),
        ("memory", "67108864 bytes of memory"),
        ("trap", "it died"),
    ];
    let mut attacks = Vec::new();
    for ((end, instructions), (code, words)) in ENDS.into_iter().zip(said) {
        let after = |act| Act::After(instructions.to_owned(), Box::new(act));
        let viewer = || Guest::viewer().with_fields(DEEPER);
        for (slot, guest) in [
            ("attributes", viewer().attributes(first(instructions))),
            (
                "tenants",
                viewer().tenants(after(Act::Placements(vec![placement("northwind", &[])]))),
            ),
            (
                "roles",
                viewer().roles(after(Act::Grants(vec![grant(
                    "northwind",
                    "role",
                    "viewer",
                    &[],
                )]))),
            ),
        ] {
            attacks.push(Attack::fails(
                format!("{end} in {slot}"),
                &guest,
                code,
                words,
            ));
        }
    }
    withstand(Db::Sqlite, attacks).await;
}

#[tokio::test]
async fn up_to_the_limits_and_beyond() {
    let table = "(table $table 1 funcref)";
    let larger = |elements: usize| {
        first(&format!(
            "(drop (table.grow $table (ref.null func) (i32.const {elements})))"
        ))
    };
    // A round costs eight.
    let spin = |rounds: usize| first(&times(rounds, ""));
    let deep = |levels: usize| {
        Guest::viewer()
            .with_fields(
                "(func $down (param i32) (result i32)
                   (if (result i32) (i32.eqz (local.get 0))
                     (then (i32.const 0))
                     (else (i32.add (i32.const 1)
                       (call $down (i32.sub (local.get 0) (i32.const 1)))))))",
            )
            .attributes(first(&format!("(drop (call $down (i32.const {levels})))")))
    };
    let post = |instructions: &str| {
        let name = "cabi_post_rolecall:plugin/attributes@1.0.0#profile";
        Guest::viewer().with_fields(&format!(
            "(func (export \"{name}\") (param i32) {instructions})"
        ))
    };
    withstand(
        Db::Sqlite,
        vec![
            Attack::decides(
                "just below the fuel",
                &Guest::viewer().attributes(spin(6_000_000)),
                "{}",
            ),
            Attack::fails(
                "just above the fuel",
                &Guest::viewer().attributes(spin(6_500_000)),
                "fuel",
                "used up its fuel",
            ),
            Attack::decides(
                "all the memory there is",
                &Guest::viewer().attributes(first(&(grow(1008) + &fill(FRESH, 7, 40_000_000)))),
                "{}",
            ),
            Attack::fails(
                "one page more than there is",
                &Guest::viewer().attributes(first(&grow(1009))),
                "memory",
                "67108864",
            ),
            Attack::fails(
                "filling memory again and again",
                &Guest::viewer().attributes(first(&format!(
                    "(loop $again {} (br $again))",
                    fill(524_288, 7, 500_000)
                ))),
                "fuel",
                "used up its fuel",
            ),
            Attack::decides(
                "all the table there is",
                &Guest::viewer()
                    .with_fields(table)
                    .attributes(larger(19_999)),
                "{}",
            ),
            Attack::fails(
                "a table that is too large",
                &Guest::viewer()
                    .with_fields(table)
                    .attributes(larger(20_000)),
                "table",
                "20000 elements",
            ),
            Attack::decides("deep recursion", &deep(5_000), "{}"),
            Attack::fails(
                "too deep a recursion",
                &deep(1_000_000),
                "stack",
                "recursed",
            ),
            Attack::fails(
                "an endless loop when it is done",
                &post(SPIN),
                "fuel",
                "used up its fuel",
            ),
            Attack::fails(
                "a trap when it is done",
                &post("unreachable"),
                "trap",
                "it died",
            ),
            Attack::fails(
                "a division by zero",
                &Guest::viewer()
                    .attributes(first("(drop (i32.div_u (i32.const 1) (i32.const 0)))")),
                "trap",
                "divide by zero",
            ),
            Attack::fails(
                "a jump to nowhere",
                &Guest::viewer()
                    .with_fields("(type $none (func)) (table $jumps 1 funcref)")
                    .attributes(first("(call_indirect $jumps (type $none) (i32.const 0))")),
                "trap",
                "it died",
            ),
            Attack::fails(
                "a look beyond its memory",
                &Guest::viewer()
                    .attributes(first("(drop (i64.load offset=0xffffff00 (i32.const -1)))")),
                "trap",
                "out of bounds",
            ),
        ],
    )
    .await;
}
