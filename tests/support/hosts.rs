//! One host or two: what happens at once must come out alike on both.

use serde_json::{Value, json};

use super::http::Answer;
use super::{Acme, Database, Db, Launch, Scim, Server};

/// The usual world, and a client at each of its hosts.
pub(crate) struct Hosts {
    pub(crate) acme: Acme,
    scims: [Scim; 2],
    _beside: Option<Server>,
}

impl Hosts {
    /// One host on that database.
    pub(crate) async fn one(db: Db) -> Self {
        let acme = Acme::start(db).await;
        Self {
            scims: [acme.scim.clone(), acme.scim.clone()],
            acme,
            _beside: None,
        }
    }

    /// Two hosts on one PostgreSQL: each knows only its own requests, the commit knows both.
    pub(crate) async fn two() -> Self {
        let database = Database::create(Db::Postgres);
        let launch = Launch::on(database.url());
        let acme = Acme::launch(launch.clone(), database).await;
        let beside = launch.start().await;
        Self {
            scims: [acme.scim.clone(), beside.scim(&acme.connection)],
            acme,
            _beside: Some(beside),
        }
    }

    /// Hosts by turns.
    pub(crate) fn scim(&self, turn: usize) -> Scim {
        self.scims[turn % 2].clone()
    }
}

/// Runs each test on both databases and on two hosts, as `name::sqlite`, `name::postgres` and `name::two_hosts`, and
/// checks that nobody waited in a circle.
///
/// A test is an `async fn(Hosts)`.
macro_rules! on_one_host_and_two {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            use crate::support::{Database, Db, hosts::Hosts};

            async fn run(hosts: Hosts) {
                let database = hosts.acme.database.clone();
                super::$name(hosts).await;
                if let Database::Postgres(cluster, name) = &database {
                    assert_eq!(cluster.deadlocks(name), "0", "deadlocks");
                }
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run(Hosts::one(Db::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                run(Hosts::one(Db::Postgres).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn two_hosts() {
                run(Hosts::two().await).await;
            }
        })+
    };
}
pub(crate) use on_one_host_and_two;

/// Operations that add these members.
pub(crate) fn adding(members: &[&str]) -> Value {
    let values: Value = members.iter().map(|id| json!({"value": id})).collect();
    json!([{"op": "add", "path": "members", "value": values}])
}

/// Operations that remove these members.
pub(crate) fn removing(members: &[&str]) -> Value {
    let operation =
        |id: &&str| json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")});
    members.iter().map(operation).collect()
}

/// Fails the test unless the change was made.
#[track_caller]
pub(crate) fn expect_done(answer: &Answer) {
    assert!(matches!(answer.status, 200 | 204), "{answer:?}");
}
