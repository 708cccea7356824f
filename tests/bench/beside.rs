//! `scim2-server` (PyPI), in memory, and Rolecall, durable, asked the same by the same client: every request on a
//! connection of its own, since the other one closes them.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::process::Command;

use super::figures::{Reach, Series, heading, line, verdict};
use super::load::{self, Prepared};
use crate::support::http::Request;
use crate::support::scim::{encode, id, person};
use crate::support::{Acme, Db, eventually};

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
const CONNECTIONS: usize = 4;
/// Users that are there from the start.
const USERS: usize = 1_000;
const TOKEN: &str = "beside";

#[derive(Clone, Copy)]
enum Work {
    Create,
    Get,
    Filter,
    Patch,
    List,
}

const WORK: [(&str, Work); 5] = [
    ("create", Work::Create),
    ("get", Work::Get),
    ("filter userName eq", Work::Filter),
    ("patch", Work::Patch),
    ("list of 100", Work::List),
];

/// A SCIM server: where it is, what opens it, and its users (name, id).
struct Peer {
    origin: String,
    base: String,
    token: String,
    users: Vec<(String, String)>,
    created: usize,
}

/// Prints how the two compare.
pub(crate) async fn run() -> Result<()> {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = port.local_addr()?.port();
    let mut server = Command::new(program()?)
        .args(["--port", &port.to_string(), "--bearer-token", TOKEN])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let address = format!("127.0.0.1:{port}");
    eventually("scim2-server to listen", async || {
        TcpStream::connect(&address).await.ok()
    })
    .await;
    let acme = Acme::start(Db::Sqlite).await;
    let mut theirs = Peer::new(&format!("http://{address}"), "/v2", TOKEN);
    let scim = &acme.scim;
    let mut ours = Peer::new(scim.origin(), scim.base(), scim.token());
    theirs.fill().await;
    ours.fill().await;
    let mut figures = WORK.map(|(name, _)| {
        let series = |whose: &str| Series::new(format!("{name}, {whose}"));
        (series("scim2-server"), series("Rolecall"))
    });
    for _ in 0..ROUNDS {
        for ((_, work), (their_series, our_series)) in WORK.into_iter().zip(&mut figures) {
            their_series.rounds.push(theirs.measure(work).await?);
            our_series.rounds.push(ours.measure(work).await?);
        }
    }
    server.kill().await?;
    let title = format!("scim2-server in memory, Rolecall on SQLite FULL; {CONNECTIONS} at a time");
    heading(&title, "per second", "theirs");
    for (theirs, ours) in &figures {
        line(theirs, theirs);
        line(ours, theirs);
    }
    for ((name, _), (theirs, ours)) in WORK.iter().zip(&figures) {
        let ratio = ours.ratio_to(theirs);
        verdict(&format!("{name}, to theirs"), ratio, Reach::AtLeast(10.0));
    }
    Ok(())
}

impl Peer {
    fn new(origin: &str, base: &str, token: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            base: base.to_owned(),
            token: token.to_owned(),
            users: vec![],
            created: 0,
        }
    }

    async fn fill(&mut self) {
        for number in 0..USERS {
            let name = format!("here{number}@northwind.example");
            let request = Request::new("POST", format!("{}/Users", self.base))
                .bearer(&self.token)
                .header("Content-Type", "application/scim+json")
                .body(person(&name).to_string());
            let created: Value = request.send(&self.origin).await.expect(201);
            self.users.push((name, id(&created)));
        }
    }

    /// Answers per second.
    async fn measure(&mut self, work: Work) -> Result<f64> {
        let status = if matches!(work, Work::Create) {
            201
        } else {
            200
        };
        let each = Prepared::on(CONNECTIONS, self.requests(work), status);
        let each = each.into_iter().map(Prepared::reconnecting).collect();
        Ok(load::run(&self.origin, each, ROUND).await?.per_second)
    }

    fn requests(&mut self, work: Work) -> Vec<Vec<u8>> {
        // More than a round takes: no name comes twice.
        let first = self.created;
        self.created += 40_000;
        let request = |method: &str, path: String, body: &str| {
            load::request(method, &format!("{}{path}", self.base), &self.token, body)
        };
        let get = |path: String| request("GET", path, "");
        let path = |id: &str| format!("/Users/{id}");
        let users = self.users.iter();
        match work {
            Work::Create => (first..self.created)
                .map(|number| person(&format!("new{number}@northwind.example")))
                .map(|user| request("POST", "/Users".to_owned(), &user.to_string()))
                .collect(),
            Work::Get => users.map(|(_, id)| get(path(id))).collect(),
            Work::Filter => users
                .map(|(name, _)| encode(&format!("userName eq \"{name}\"")))
                .map(|filter| get(format!("/Users?filter={filter}")))
                .collect(),
            // One title for all, and then another one: every request changes something.
            Work::Patch => ["A", "B"]
                .into_iter()
                .flat_map(|title| users.clone().map(move |(_, id)| (title, id)))
                .map(|(title, id)| {
                    let body = json!({
                        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                        "Operations": [{"op": "replace", "path": "title", "value": title}],
                    });
                    request("PATCH", path(id), &body.to_string())
                })
                .collect(),
            Work::List => vec![get("/Users?startIndex=1&count=100".to_owned())],
        }
    }
}

/// Where `tests/bench/run` installs it: beside the profiles in cargo's target directory.
fn program() -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    let mut found = this
        .ancestors()
        .map(|directory| directory.join("python/bin/scim2-server"));
    let found = found.find(|path| path.is_file());
    found.context("scim2-server is missing; tests/bench/run installs it")
}
