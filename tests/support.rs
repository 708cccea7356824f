//! The harness: a real server on a real database, and clients that speak of tenants, connections
//! and users rather than of requests.

pub(crate) mod acme;
pub(crate) mod chain;
pub(crate) mod cli;
pub(crate) mod collector;
pub(crate) mod cost;
pub(crate) mod crowd;
pub(crate) mod database;
pub(crate) mod guest;
pub(crate) mod half_sent;
pub(crate) mod hosts;
pub(crate) mod http;
pub(crate) mod operator;
pub(crate) mod poll;
pub(crate) mod postgres;
pub(crate) mod scim;
pub(crate) mod server;
pub(crate) mod signer;
pub(crate) mod words;

pub(crate) use acme::Acme;
pub(crate) use cli::Desk;
pub(crate) use collector::Collector;
pub(crate) use database::{Database, Db};
pub(crate) use guest::Guest;
pub(crate) use operator::{Connection, Operator};
pub(crate) use poll::eventually;
pub(crate) use scim::Scim;
pub(crate) use server::{Launch, Server};
pub(crate) use signer::Signer;

/// Runs each test on both databases, as `name::sqlite` and `name::postgres`.
///
/// A test is an `async fn(Db)`.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::$name(crate::support::Db::Sqlite).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::$name(crate::support::Db::Postgres).await;
            }
        })+
    };
}
pub(crate) use on_both_databases;

/// Random bytes as hexadecimal text: names and secrets that no other test uses.
pub(crate) fn random_hex(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    getrandom::fill(&mut buffer).expect("the system gives random bytes");
    hex(&buffer)
}

/// Bytes as lower-case hexadecimal text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("text takes what is written");
        text
    })
}
