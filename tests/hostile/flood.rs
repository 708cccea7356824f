//! Attacks by how much is said: answers, lists, logs. What is kept of them is bounded, and stored by both databases.

use super::wat::{FRESH, data, fill, grow, log, times, warn, words, write};
use super::{Attack, withstand};
use crate::support::guest::{Act, Grant, grant, placement};
use crate::support::{Db, Guest, on_both_databases};

on_both_databases!(what_is_stored);

fn first(instructions: &str) -> Act {
    let profile = Act::Profile("{}".to_owned());
    Act::After(instructions.to_owned(), Box::new(profile))
}

/// A profile of so many bytes, made at run time.
fn profile(bytes: usize) -> Guest {
    let instructions = grow(200)
        + &fill(FRESH, b'x', bytes)
        + &write(FRESH, "{\"text\":\"")
        + &write(FRESH + bytes - 2, "\"}")
        + "(return (i32.const 512))";
    Guest::viewer()
        .with_fields(&words(512, &[0, FRESH as u32, bytes as u32]))
        .attributes(first(&instructions))
}

#[tokio::test]
async fn answers_and_logs() {
    let all_alike = |count: u32| Act::Words(vec![0, 524_288, count]);
    // A list of placements that share one list of groups, which share one text: a few kilobytes mean a gigabyte.
    let shared = grow(100)
        + &fill(FRESH, b'x', 100_000)
        + "(local.set $left (i64.const 1000))
           (loop $again
             (local.set $left (i64.sub (local.get $left) (i64.const 1)))
             (i32.store (i32.add (i32.const 1200000) (i32.mul (i32.wrap_i64 (local.get $left)) (i32.const 8)))
               (i32.const 1048576))
             (i32.store offset=4 (i32.add (i32.const 1200000) (i32.mul (i32.wrap_i64 (local.get $left)) (i32.const 8)))
               (i32.const 1000))
             (i32.store offset=16 (i32.add (i32.const 1300000) (i32.mul (i32.wrap_i64 (local.get $left)) (i32.const 32)))
               (i32.const 1200000))
             (i32.store offset=20 (i32.add (i32.const 1300000) (i32.mul (i32.wrap_i64 (local.get $left)) (i32.const 32)))
               (i32.const 1000))
             (br_if $again (i64.gt_s (local.get $left) (i64.const 0))))";
    let shared = Act::After(shared, Box::new(Act::Words(vec![0, 1_300_000, 1_000])));
    let flood = |said: &str| Guest::viewer().with_fields(&warn()).attributes(first(said));
    let endless = |line: &str| format!("(loop $again {line} (br $again))");
    withstand(
        Db::Sqlite,
        vec![
            Attack::fails(
                "a profile of 8 MB",
                &profile(8 << 20),
                "output",
                "more than 1048576 bytes",
            ),
            Attack::fails(
                "a hundred million placements",
                &Guest::viewer().tenants(Act::Words(vec![0, 524_288, 100_000_000])),
                "malformed",
                "does not follow",
            ),
            Attack::fails(
                "1,001 placements",
                &Guest::viewer().tenants(all_alike(1_001)),
                "malformed",
                "1001 placements",
            ),
            Attack::fails(
                "10,001 grants",
                &Guest::viewer().roles(Act::Words(vec![0, 131_072, 10_001])),
                "output",
                "more than 1048576 bytes",
            ),
            Attack::fails(
                "a billion laughs",
                &Guest::viewer().tenants(shared),
                "output",
                "more than 1048576 bytes",
            ),
            Attack::fails(
                "log lines without end",
                &flood(&endless(&log(524_288, 1_000))),
                "fuel",
                "used up its fuel",
            ),
            Attack::fails(
                "long log lines without end",
                &flood(&endless(&log(524_288, 500_000))),
                "fuel",
                "used up its fuel",
            ),
            Attack::fails(
                "a log line of 8 MB",
                &flood(&(grow(200) + &log(FRESH, 8 << 20))),
                "output",
                "more than 1048576 bytes",
            ),
            Attack::decides("200 log lines", &flood(&times(200, &log(1020, 4))), "warn"),
        ],
    )
    .await;
}

/// What is just within the limits, and texts that forge lines, colours and SQL.
async fn what_is_stored(db: Db) {
    const WILD: &[u8] = b"\x1b[31mroot\r\nlevel=error\0\x07";
    let grants: Vec<Grant> = (0..2_000)
        .map(|number| {
            grant("northwind", "permission", "view", &[]).on(&format!("dashboard:{number}"))
        })
        .collect();
    let long = "long ".repeat(100_000);
    let sql = "'; DROP TABLE users; --";
    withstand(
        db,
        vec![
            Attack::decides("a profile of a megabyte", &profile(1_000_000), "xxxx"),
            Attack::decides(
                "2,000 grants",
                &Guest::viewer().roles(Act::Grants(grants)),
                "{}",
            ),
            Attack::decides(
                "1,000 placements in one tenant",
                &Guest::viewer().tenants(Act::Placements(vec![placement("northwind", &[]); 1_000])),
                "{}",
            ),
            Attack::decides(
                "a role with a name of 500 kB",
                &Guest::viewer().roles(Act::Grants(vec![grant("northwind", "role", &long, &[])])),
                "{}",
            ),
            Attack::decides(
                "an object with a name of 500 kB",
                &Guest::viewer().roles(Act::Grants(vec![
                    grant("northwind", "permission", "view", &[]).on(&format!("dashboard:{long}")),
                ])),
                "{}",
            ),
            Attack::decides(
                "a group with a name of 500 kB",
                &Guest::viewer().roles(Act::Grants(vec![grant(
                    "northwind",
                    "role",
                    "viewer",
                    &[&long],
                )])),
                "{}",
            ),
            Attack::decides(
                "SQL in every text",
                &Guest::viewer()
                    .tenants(Act::Placements(vec![
                        placement("northwind", &[]),
                        placement(sql, &[sql]),
                    ]))
                    .roles(Act::Grants(vec![grant(sql, sql, sql, &[sql]).on(sql)])),
                "{}",
            ),
            Attack::decides(
                "a log in colours",
                &Guest::viewer()
                    .with_fields(&(warn() + &data(600, WILD)))
                    .attributes(first(&log(600, WILD.len()))),
                "root",
            ),
            Attack::fails(
                "a tenant with the character U+0000",
                &Guest::viewer().tenants(Act::Placements(vec![placement("north\0wind", &[])])),
                "malformed",
                "U+0000",
            ),
            Attack::fails(
                "a group with the character U+0000",
                &Guest::viewer().roles(Act::Grants(vec![grant(
                    "northwind",
                    "role",
                    "viewer",
                    &["\0"],
                )])),
                "malformed",
                "U+0000",
            ),
            Attack::fails(
                "a profile with the character U+0000",
                &Guest::viewer().attributes(Act::Profile(r#"{"a": "\u0000"}"#.to_owned())),
                "malformed",
                "U+0000",
            ),
            Attack::decides(
                "a profile that looks like it",
                &Guest::viewer().attributes(Act::Profile(r#"{"a": "\\u0000"}"#.to_owned())),
                "u0000",
            ),
            Attack::fails(
                "an excuse in colours",
                &Guest::viewer()
                    .attributes(Act::Internal("\u{1b}[31m\u{0}It was the other plugin.")),
                "internal",
                "It was the other plugin.",
            ),
            Attack::rejects(
                "a refusal without words",
                &Guest::viewer().attributes(Act::Refuse(" ")),
                "does not say why",
            ),
            Attack::rejects(
                "a refusal that forges a header",
                &Guest::viewer().attributes(Act::Refuse(
                    "No.\r\nSet-Cookie: a=b\r\n\r\n\u{0}\u{1b}[31m<script>alert(1)</script>",
                )),
                "No.",
            ),
        ],
    )
    .await;
}
