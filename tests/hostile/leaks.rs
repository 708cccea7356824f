//! Attacks on who comes next: what one instance leaves behind, and what another looks for.
//!
//! Instances take turns on the same memory of the host. One component fills all it can get with a mark, the next, of
//! somebody else, looks for whatever is not zero where it has put nothing.

use super::wat::{FRESH, fill, grow};
use super::{Attack, withstand};
use crate::support::guest::Act;
use crate::support::{Db, Guest};

/// Fills memory, a table and a global, and then answers or dies.
fn leaves_marks(then: Act) -> Guest {
    let table = "(table $marks 1000 funcref) (elem declare func $mark) (func $mark)
        (global $mark (mut i32) (i32.const 0))";
    let instructions = grow(600)
        + &fill(FRESH, 0x5a, 39_000_000)
        + &fill(600_000, 0x5a, 400_000)
        + "(table.fill $marks (i32.const 0) (ref.func $mark) (i32.const 1000))
           (drop (table.grow $marks (ref.func $mark) (i32.const 5000)))
           (global.set $mark (i32.const 1))";
    Guest::viewer()
        .with_fields(table)
        .attributes(Act::After(instructions, Box::new(then)))
}

/// Dies where it finds a mark of anybody's, its own of last time included, and leaves one.
fn looks_for_marks() -> Guest {
    let table = "(table $marks 1000 funcref) (elem declare func $mark) (func $mark)
        (global $mark (mut i32) (i32.const 0))";
    let empty = |at: &str| {
        format!(
            "(if (i32.eqz (ref.is_null (table.get $marks (i32.const {at})))) (then unreachable))"
        )
    };
    let instructions = [
        "(if (global.get $mark) (then unreachable))".to_owned(),
        empty("0"),
        empty("999"),
        "(drop (table.grow $marks (ref.null func) (i32.const 5000)))".to_owned(),
        empty("1000"),
        empty("5999"),
        grow(600),
        "(local.set $left (i64.const 600000))
         (loop $again
           (if (i32.load8_u (i32.wrap_i64 (local.get $left))) (then unreachable))
           (local.set $left (i64.add (local.get $left) (i64.const 509)))
           (br_if $again (i64.lt_s (local.get $left) (i64.const 40000000))))"
            .to_owned(),
        "(global.set $mark (i32.const 1))
         (table.fill $marks (i32.const 0) (ref.func $mark) (i32.const 1000))"
            .to_owned(),
        fill(600_000, 0x5a, 400_000),
    ]
    .concat();
    let profile = Act::Profile(r#"{"found": "nothing"}"#.to_owned());
    Guest::viewer()
        .with_fields(table)
        .attributes(Act::After(instructions, Box::new(profile)))
}

#[tokio::test]
async fn nothing_is_left_for_the_next() {
    let polite = Act::Profile("{}".to_owned());
    let looks = |after: &str| {
        let name = format!("looking around after {after}");
        Attack::decides(
            name,
            &looks_for_marks().named(after),
            r#""found":"nothing""#,
        )
    };
    withstand(
        Db::Sqlite,
        vec![
            Attack::decides("marks left", &leaves_marks(polite), "{}"),
            looks("marks"),
            Attack::fails(
                "marks left by a trap",
                &leaves_marks(Act::Trap),
                "trap",
                "it died",
            ),
            looks("a trap"),
            Attack::fails(
                "marks left by a loop",
                &leaves_marks(Act::Spin),
                "fuel",
                "fuel",
            ),
            looks("a loop"),
            Attack::fails(
                "marks left by memory",
                &leaves_marks(Act::Grow),
                "memory",
                "memory",
            ),
            looks("all memory"),
            Attack::decides(
                "counting decisions",
                &Guest::viewer().attributes(Act::CountCalls),
                r#""calls":1"#,
            ),
        ],
    )
    .await;
}
