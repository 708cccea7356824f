//! Attacks by answers that are not what they say they are.

use super::wat::{FRESH, data, fill, grow, log, warn, words, write};
use super::{Attack, withstand};
use crate::support::guest::Act;
use crate::support::{Db, Guest};

fn first(instructions: &str) -> Act {
    let profile = Act::Profile("{}".to_owned());
    Act::After(instructions.to_owned(), Box::new(profile))
}

#[tokio::test]
async fn lies() {
    let contract = "does not follow the plugin contract";
    let attributes = |act| Guest::viewer().attributes(act);
    let bytes = |bytes: &[u8]| {
        let text = data(600, bytes);
        let length = u32::try_from(bytes.len()).expect("a few bytes");
        Guest::viewer()
            .with_fields(&text)
            .attributes(Act::Words(vec![0, 600, length]))
    };
    let mut attacks = Vec::new();
    for (name, guest) in [
        ("a text that lies outside", attributes(Act::OutOfBounds)),
        (
            "a text of four gigabytes",
            attributes(Act::Words(vec![0, 1024, u32::MAX])),
        ),
        (
            "a text at the end of the addresses",
            attributes(Act::Words(vec![0, u32::MAX, 1])),
        ),
        ("no such case", attributes(Act::Words(vec![7, 1024, 2]))),
        (
            "no such case of failure",
            attributes(Act::Words(vec![1, 9, 1024, 2, 1024, 2, 0, 0, 0])),
        ),
        (
            "a failure whose words lie outside",
            attributes(Act::Words(vec![
                1,
                0,
                0x7fff_0000,
                9,
                0x7fff_0000,
                9,
                0,
                0,
                0,
            ])),
        ),
        (
            "an answer that lies outside",
            attributes(first("(return (i32.const 0x7ffffff0))")),
        ),
        (
            "an answer at an odd address",
            attributes(first("(return (i32.const 1025))")),
        ),
        (
            "a list at an odd address",
            Guest::viewer().tenants(Act::Words(vec![0, 1025, 1])),
        ),
        (
            "a list whose end wraps round",
            Guest::viewer().tenants(Act::Words(vec![0, 524_288, 0x0800_0001])),
        ),
        (
            "a list of lists that lie outside",
            Guest::viewer()
                .with_fields(&words(600, &[1024, 1, 1024, 1, 0x7fff_0000, 5, 4, 0]))
                .tenants(Act::Words(vec![0, 600, 1])),
        ),
        ("a text that is not UTF-8", bytes(b"{\"a\": \"\xff\xfe\"}")),
        ("half a character", bytes(b"{\"a\": \"\xe2\x82")),
        ("a surrogate in UTF-8", bytes(b"{\"a\": \"\xed\xa0\x80\"}")),
        ("an overlong zero", bytes(b"{\"a\": \"\xc0\x80\"}")),
        (
            "a log line that is not UTF-8",
            Guest::viewer()
                .with_fields(&(warn() + &data(600, b"\xff\xfe\x80")))
                .attributes(first(&log(600, 3))),
        ),
        (
            "a log line that lies outside",
            Guest::viewer()
                .with_fields(&warn())
                .attributes(first(&log(0x7fff_0000, 1024))),
        ),
    ] {
        attacks.push(Attack::fails(name, &guest, "malformed", contract));
    }
    withstand(Db::Sqlite, attacks).await;
}

#[tokio::test]
async fn json() {
    let of = |text: &str| Guest::viewer().attributes(Act::Profile(text.to_owned()));
    let nested = |depth: usize| {
        let open = r#"{"a":"#.repeat(depth);
        let close = "}".repeat(depth);
        of(&format!("{open}1{close}"))
    };
    let mut attacks = Vec::new();
    for (name, guest) in [
        ("nothing", of("")),
        ("half an object", of("{\"a\":")),
        ("two objects", of("{} {}")),
        ("a list", of("[{}]")),
        ("a text", of("\"{}\"")),
        ("null", of("null")),
        ("a byte order mark", of("\u{feff}{}")),
        ("a number that no machine has", of(r#"{"a": 1e999}"#)),
        ("no number", of(r#"{"a": NaN}"#)),
        ("half a surrogate pair", of(r#"{"a": "\ud800"}"#)),
        ("a bare control character", of("{\"a\": \"\u{1}\"}")),
        ("a comment", of("{/* hello */}")),
        ("too deep an object", nested(128)),
        ("a very deep object", nested(20_000)),
    ] {
        attacks.push(Attack::fails(
            name,
            &guest,
            "malformed",
            "the profile is not",
        ));
    }
    // Brackets to the end of what may be handed over.
    let brackets = grow(20)
        + &fill(FRESH, b'[', 1_000_000)
        + &write(FRESH, "{\"a\":")
        + "(return (i32.const 512))";
    let brackets = Guest::viewer()
        .with_fields(&words(512, &[0, FRESH as u32, 1_000_000]))
        .attributes(first(&brackets));
    attacks.extend([
        Attack::fails(
            "a million brackets",
            &brackets,
            "malformed",
            "the profile is not JSON",
        ),
        Attack::decides("as deep as it may be", &nested(100), r#"{"a":{"a":"#),
        Attack::decides("a name twice", &of(r#"{"a": 1, "a": 2}"#), r#""a""#),
        Attack::decides(
            "names of prototypes",
            &of(r#"{"__proto__": {"admin": true}}"#),
            "__proto__",
        ),
        Attack::decides(
            "a very long number",
            &of(&format!("{{\"a\": {}}}", "9".repeat(300))),
            "\"a\":1e+300",
        ),
    ]);
    withstand(Db::Sqlite, attacks).await;
}
