//! A fresh database for one test.

use std::fs;
use std::sync::Arc;

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
                format!("sqlite:{}", directory.path().join("rolecall.db").display())
            }
            Self::Postgres(cluster, name) => cluster.url(name),
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
}
