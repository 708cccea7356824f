//! Many users, seeded by bulk requests, and what the kernel knows about the server.

use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::load::{self, Requests};
use crate::support::scim::{encode, id};
use crate::support::{Acme, Db, Scim, Server};

/// How many users are known by id, spread over all.
const KNOWN: u64 = 500;
/// Operations of a bulk request.
const BULK: u64 = 1_000;
/// Bulk requests at a time.
const AT_ONCE: usize = 4;

/// A server with so many users, none of whom is decided.
pub(crate) struct Population {
    pub(crate) acme: Acme,
    pub(crate) db: Db,
    pub(crate) users: u64,
    /// (number, id)
    pub(crate) known: Vec<(u64, String)>,
}

impl Population {
    pub(crate) async fn of(db: Db, users: u64) -> Result<Self> {
        let acme = Acme::start(db).await;
        let path = acme.connection.path("");
        let undecided = json!({"decide": false});
        acme.operator.patch(&path, &undecided).await.expect(200);
        let bulks = Bulks::new(&acme.scim, seeded).up_to(users);
        let took = load::finish(acme.server.origin(), vec![bulks; AT_ONCE]).await?;
        println!("\n{db:?}: {users} users seeded in {took:.0?}");
        rest(&acme.server).await?;
        let mut known = Vec::new();
        for number in (0..KNOWN).map(|nth| nth * (users / KNOWN)) {
            let filter = encode(&format!("userName eq \"{}\"", user_name(number)));
            let path = format!("/Users?filter={filter}");
            let found: Value = acme.scim.get(&path).await.expect(200);
            let found = found["Resources"].get(0).context("a seeded user")?;
            known.push((number, id(found)));
        }
        Ok(Self {
            acme,
            db,
            users,
            known,
        })
    }

    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        let scim = &self.acme.scim;
        let path = format!("{}{path}", scim.base());
        load::request("GET", &path, scim.token(), "")
    }
}

pub(crate) fn user_name(number: u64) -> String {
    format!("u{number:08}@northwind.example")
}

/// A user of half a KiB, as JSON.
fn seeded(number: u64) -> String {
    let name = user_name(number);
    format!(
        "{{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"{name}\",\
         \"externalId\":\"x{number:08}\",\"displayName\":\"User {number:08}\",\
         \"name\":{{\"givenName\":\"User\",\"familyName\":\"N{number:08}\"}},\
         \"emails\":[{{\"type\":\"work\",\"primary\":true,\"value\":\"{name}\"}},\
         {{\"type\":\"home\",\"value\":\"h{number:08}@home.example\"}}]}}"
    )
}

/// Bulk requests that create users, each the next thousand.
#[derive(Clone)]
pub(crate) struct Bulks {
    path: Arc<str>,
    token: Arc<str>,
    next: Arc<AtomicU64>,
    end: u64,
    user: fn(u64) -> String,
}

impl Bulks {
    pub(crate) fn new(scim: &Scim, user: fn(u64) -> String) -> Self {
        Self {
            path: format!("{}/Bulk", scim.base()).into(),
            token: scim.token().into(),
            next: Arc::default(),
            end: u64::MAX,
            user,
        }
    }

    /// Ends when so many are asked for.
    pub(crate) fn up_to(self, end: u64) -> Self {
        Self { end, ..self }
    }
}

impl Requests for Bulks {
    fn next(&mut self, request: &mut Vec<u8>) {
        let first = self.next.fetch_add(BULK, Ordering::Relaxed);
        let mut body = String::from(
            "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:BulkRequest\"],\"Operations\":[",
        );
        for number in first..first + BULK {
            let comma = if number == first { "" } else { "," };
            let user = (self.user)(number);
            let _ = write!(
                body,
                "{comma}{{\"method\":\"POST\",\"path\":\"/Users\",\"bulkId\":\"{number}\",\"data\":{user}}}"
            );
        }
        body.push_str("]}");
        *request = load::request("POST", &self.path, &self.token, &body);
    }

    fn expected_status(&self) -> u16 {
        200
    }

    fn has_more(&self) -> bool {
        self.next.load(Ordering::Relaxed) < self.end
    }
}

/// Waits until the server has nothing left to do beside requests: to seal and to decide.
pub(crate) async fn rest(server: &Server) -> Result<()> {
    const LOOK: Duration = Duration::from_millis(500);
    let mut before = ticks(server)?;
    loop {
        tokio::time::sleep(LOOK).await;
        let now = ticks(server)?;
        // Of a hundred a second.
        if now - before <= 2 {
            return Ok(());
        }
        before = now;
    }
}

/// Processor time of the server so far, in ticks.
fn ticks(server: &Server) -> Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.process()))?;
    let (_, fields) = stat.rsplit_once(") ").context("the name of the process")?;
    let times = fields.split(' ').skip(11).take(2);
    let times: Vec<u64> = times.map(str::parse).collect::<Result<_, _>>()?;
    Ok(times.iter().sum())
}

/// The most memory that the server ever held, in MiB.
pub(crate) fn peak_memory(server: &Server) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", server.process()))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.context("the kernel counts memory")?;
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024)
}
