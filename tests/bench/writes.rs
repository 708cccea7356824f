//! `POST /Users`, acknowledged durable with decision, access and events in the transaction; and the
//! same server with the mapping switched off.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::figures::{Reach, Series, heading, line, verdict};
use super::load::{self, Requests};
use crate::support::acme::every_slot;
use crate::support::{Acme, Db, Scim};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(2);
pub(crate) const CONNECTIONS: usize = 64;

/// Creates users whose names no other request has.
#[derive(Clone)]
pub(crate) struct NewUsers {
    request: Arc<str>,
    count: Arc<AtomicU64>,
    end: u64,
}

/// Where the number goes; as long as the number that takes its place.
const PLACE: &str = "u0000000000";

impl NewUsers {
    pub(crate) fn new(scim: &Scim) -> Self {
        let (user, _) = super::decision::subject();
        let body = user.replace("ada.lovelace", PLACE);
        let request = format!(
            "POST {}/Users HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
            scim.base(),
            scim.token(),
            body.len()
        );
        Self {
            request: request.into(),
            count: Arc::default(),
            end: u64::MAX,
        }
    }

    /// Ends when so many are asked for.
    pub(crate) fn up_to(self, end: u64) -> Self {
        Self { end, ..self }
    }
}

/// The user with a number, as JSON.
pub(crate) fn numbered(number: u64) -> String {
    static USER: OnceLock<String> = OnceLock::new();
    let user = USER.get_or_init(|| super::decision::subject().0);
    user.replace("ada.lovelace", &format!("u{number:010}"))
}

/// The name of the user with a number.
pub(crate) fn user_name(number: u64) -> String {
    format!("u{number:010}@northwind.example")
}

impl Requests for NewUsers {
    fn next(&mut self, request: &mut Vec<u8>) {
        let number = format!("u{:010}", self.count.fetch_add(1, Ordering::Relaxed));
        let mut rest = &*self.request;
        while let Some((before, after)) = rest.split_once(PLACE) {
            request.extend_from_slice(before.as_bytes());
            request.extend_from_slice(number.as_bytes());
            rest = after;
        }
        request.extend_from_slice(rest.as_bytes());
    }

    fn expected_status(&self) -> u16 {
        201
    }

    fn has_more(&self) -> bool {
        self.count.load(Ordering::Relaxed) < self.end
    }
}

/// Prints the figures of writes on both databases.
pub(crate) async fn run() -> Result<()> {
    on(Db::Sqlite, "SQLite, synchronous=FULL", 4_000.0, Some(0.8)).await?;
    on(
        Db::Postgres,
        "PostgreSQL, synchronous_commit=on",
        2_000.0,
        None,
    )
    .await
}

async fn on(db: Db, name: &str, reach: f64, reach_ratio: Option<f64>) -> Result<()> {
    let acme = Acme::start(db).await;
    let digest = acme
        .operator
        .plugin(rolecall_plugin_bundle::RESELLER_MAPPING)
        .await;
    acme.operator
        .remap(&acme.connection, &every_slot(&digest))
        .await;
    let off = acme.operator.connect("northwind", "okta", &json!({})).await;
    acme.operator
        .patch(&off.path(""), &json!({"decide": false}))
        .await
        .expect(200);

    let mapped = NewUsers::new(&acme.scim);
    let unmapped = NewUsers::new(&acme.server.scim(&off));
    let mut with = Series::new(format!("{name}, with mapping"));
    let mut without = Series::new(format!("{name}, mapping off"));
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let measured = load::run(
            acme.server.origin(),
            vec![mapped.clone(); CONNECTIONS],
            ROUND,
        )
        .await?;
        with.rounds.push(measured.per_second);
        times.push((measured.p50, measured.p99));
        let measured = load::run(
            acme.server.origin(),
            vec![unmapped.clone(); CONNECTIONS],
            ROUND,
        )
        .await?;
        without.rounds.push(measured.per_second);
    }

    heading(
        &format!("POST /Users, {CONNECTIONS} connections"),
        "per second",
        "off",
    );
    line(&without, &without);
    line(&with, &without);
    times.sort_unstable();
    let (p50, p99) = times[times.len() / 2];
    println!("  with mapping: p50 {p50:.1?}, p99 {p99:.1?}");
    verdict(
        &format!("{name}, acknowledged per second"),
        with.median(),
        Reach::AtLeast(reach),
    );
    if let Some(ratio) = reach_ratio {
        verdict(
            "with mapping to mapping off",
            with.ratio_to(&without),
            Reach::AtLeast(ratio),
        );
    }
    Ok(())
}
