//! A fresh database for one test.

use std::fs;
use std::sync::Arc;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tempfile::TempDir;

use super::postgres::Cluster;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Db {
    Sqlite,
    Postgres,
}

/// One empty database; gone when the last handle is.
#[derive(Clone)]
pub(crate) enum Database {
    Sqlite(Arc<TempDir>),
    Postgres(&'static Cluster, String),
}

impl Database {
    /// A new one.
    pub(crate) fn create(db: Db) -> Self {
        match db {
            Db::Sqlite => Self::Sqlite(Arc::new(
                tempfile::tempdir().expect("a temporary directory"),
            )),
            Db::Postgres => {
                let cluster = Cluster::shared();
                Self::Postgres(cluster, cluster.create())
            }
        }
    }

    /// What `--database` takes.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(directory) => {
                format!("sqlite:{}", directory.path().join(SQLITE_FILE).display())
            }
            Self::Postgres(cluster, name) => cluster.url(name),
        }
    }

    /// Runs one statement behind the server's back.
    pub(crate) async fn run(&self, statement: &str) {
        match self {
            Self::Sqlite(directory) => {
                let file = SqliteConnectOptions::new().filename(directory.path().join(SQLITE_FILE));
                let connection = SqliteConnection::connect_with(&file).await;
                let mut connection = connection.expect("the file of the database opens");
                let statement = AssertSqlSafe(statement.to_owned());
                let ran = sqlx::raw_sql(statement).execute(&mut connection).await;
                ran.expect("the statement runs");
            }
            Self::Postgres(cluster, name) => cluster.sql(name, statement),
        }
    }

    /// Everything that is stored, as it lies there: all files of SQLite, a dump of PostgreSQL.
    pub(crate) fn contents(&self) -> Vec<u8> {
        match self {
            Self::Sqlite(directory) => fs::read_dir(directory.path())
                .expect("the directory of the database")
                .flat_map(|file| fs::read(file.expect("a file").path()).expect("a readable file"))
                .collect(),
            Self::Postgres(cluster, name) => fs::read(cluster.dump(name)).expect("a dump"),
        }
    }

    /// Bytes of the largest file; only of SQLite.
    pub(crate) fn largest_file(&self) -> u64 {
        let Self::Sqlite(directory) = self else {
            panic!("PostgreSQL keeps its files to itself")
        };
        let files = fs::read_dir(directory.path()).expect("the directory of the database");
        let sizes = files.map(|file| file.expect("a file").metadata().expect("its size").len());
        sizes.max().expect("a file")
    }

    /// Alters a text behind the server's back, which must not run.
    ///
    /// In PostgreSQL in one place; in the files of SQLite wherever it stands, by one that is as long, so that they stay
    /// well-formed.
    pub(crate) fn falsify(&self, what: Falsified, from: &str, to: &str) {
        assert_eq!(from.len(), to.len(), "{from} and {to} differ in length");
        match self {
            Self::Sqlite(directory) => {
                let file = directory.path().join(SQLITE_FILE);
                let mut bytes = fs::read(&file).expect("the file of the database");
                let mut found = false;
                for at in 0..bytes.len().saturating_sub(from.len()) {
                    let part = &mut bytes[at..at + from.len()];
                    if part == from.as_bytes() {
                        part.copy_from_slice(to.as_bytes());
                        found = true;
                    }
                }
                assert!(found, "{from} is stored");
                fs::write(&file, bytes).expect("the file of the database can be written");
            }
            Self::Postgres(cluster, name) => {
                cluster.sql(name, &what.sql(from, to));
            }
        }
    }
}

/// What is altered.
#[derive(Clone, Copy)]
pub(crate) enum Falsified {
    /// The types of events.
    Events,
    /// Resources.
    Documents,
    /// What was recorded of decisions.
    Decisions,
    /// The name at the end of what is in force: connection, tenant, kind and name, as they lie beside each other in SQLite.
    Access,
    /// Uploaded bytes.
    Components,
}

impl Falsified {
    fn sql(self, from: &str, to: &str) -> String {
        match self {
            Self::Events => format!("UPDATE events SET type = '{to}' WHERE type = '{from}'"),
            Self::Documents => {
                format!("UPDATE resources SET doc = replace(doc, '{from}', '{to}')")
            }
            Self::Decisions => {
                format!("UPDATE decisions SET explained = replace(explained, '{from}', '{to}')")
            }
            Self::Access => format!(
                "UPDATE access SET name = right('{to}', length(name)) \
                 WHERE connection_id || tenant || kind || name = '{from}'"
            ),
            Self::Components => format!(
                "UPDATE components SET wasm = decode(replace(encode(wasm, 'escape'), '{from}', '{to}'), 'escape')"
            ),
        }
    }
}

const SQLITE_FILE: &str = "rolecall.db";
