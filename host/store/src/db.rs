//! One SQL text on two engines.
//!
//! A statement is its text and its binds; [`Db`] and [`Tx`] run it on whichever engine the URL named.
//! Natively typed, no `sqlx::Any`: the same generic code is compiled for both drivers.

use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Connection as _, FromRow, PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use crate::error::{Error, Result};

/// A row type both drivers can fill.
pub(crate) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}

/// The text of a statement on either engine.
#[derive(Clone, Copy)]
pub(crate) struct Sql {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self {
            sqlite: text,
            postgres: text,
        }
    }
}

/// A statement over the rows of a JSON array bound as `$1`: `e.value->>0` is the first column. One
/// statement carries a whole group of writes, and one hop to the driver instead of one per row.
macro_rules! each {
    ($head:literal $(, $tail:literal)?) => {
        $crate::db::Sql {
            sqlite: concat!($head, " json_each($1) AS e ", $($tail)?),
            postgres: concat!($head, " jsonb_array_elements(CAST($1 AS jsonb)) AS e(value) ", $($tail)?),
        }
    };
}

/// A statement that locks what it reads: PostgreSQL by the clause, SQLite by being the one writer.
macro_rules! locking {
    ($sql:literal, $lock:literal) => {
        $crate::db::Sql {
            sqlite: $sql,
            postgres: concat!($sql, " ", $lock),
        }
    };
}
pub(crate) use {each, locking};

/// A bound value. Typed nulls, because PostgreSQL wants to know.
#[derive(Clone)]
pub(crate) enum Bind {
    Text(Option<String>),
    Int(Option<i64>),
    Bytes(Vec<u8>),
}

impl From<&str> for Bind {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}
impl From<String> for Bind {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}
impl From<&String> for Bind {
    fn from(value: &String) -> Self {
        Self::Text(Some(value.clone()))
    }
}
impl From<Option<String>> for Bind {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}
impl From<i64> for Bind {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}
impl From<Option<i64>> for Bind {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}
impl From<bool> for Bind {
    fn from(value: bool) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}
impl From<Vec<u8>> for Bind {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

macro_rules! binds {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Bind::from($value)),*] };
}
pub(crate) use binds;

/// The rows of a set-based statement, as its one JSON bind.
pub(crate) fn rows<T: serde::Serialize>(rows: &[T]) -> Vec<Bind> {
    let text = serde_json::to_string(rows).unwrap_or_else(|_| "[]".to_owned());
    vec![Bind::Text(Some(text))]
}

macro_rules! bound {
    ($query:expr, $binds:expr) => {{
        let mut query = $query;
        for bind in $binds {
            query = match bind {
                Bind::Text(value) => query.bind(value),
                Bind::Int(value) => query.bind(value),
                Bind::Bytes(value) => query.bind(value),
            };
        }
        query
    }};
}

#[derive(Clone)]
pub(crate) enum Db {
    /// Readers never wait for the one writer (WAL). In memory there is a single connection.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
    },
    Postgres(PgPool),
}

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// A transaction that may write.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A request waits this long for a database that is locked or gone, and then hears so.
const ACQUIRE: Duration = Duration::from_secs(3);
/// A PostgreSQL connection that rested this long may have been closed at the other end.
const RESTED: Duration = Duration::from_secs(1);

fn postgres_pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE)
        // A round trip per statement is too dear; one for a connection that rested is not.
        .test_before_acquire(false)
        .before_acquire(|connection, rest| {
            Box::pin(async move {
                if rest.idle_for > RESTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}

impl Db {
    /// `create`: whether an SQLite file that isn't there is made.
    pub(crate) async fn open(url: &str, create: bool) -> Result<Self> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = PgConnectOptions::from_str(url)?.application_name("rolecall");
            let pool = postgres_pool(16).connect_with(options).await?;
            return Ok(Self::Postgres(pool));
        }
        if !url.starts_with("sqlite:") {
            let scheme = url.split(':').next().unwrap_or_default();
            return Err(Error::Unavailable(format!(
                "a database URL of the scheme {scheme:?} is not supported; use sqlite:FILE, sqlite::memory: or postgres://…"
            )));
        }
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(create)
            .foreign_keys(true)
            .busy_timeout(ACQUIRE)
            .statement_cache_capacity(256);
        if url.contains(":memory:") {
            let pool = SqlitePoolOptions::new()
                .max_connections(1)
                .idle_timeout(None)
                .max_lifetime(None)
                // A request that ends during the test takes the connection with it, and the database.
                .test_before_acquire(false)
                .acquire_timeout(ACQUIRE)
                .connect_with(options)
                .await?;
            return Ok(Self::Sqlite {
                read: pool.clone(),
                write: pool,
            });
        }
        // FULL: what was acknowledged survives the power going off, too (invariant 6).
        let options = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("cache_size", "-65536")
            // Pages: what many commits touch goes into the database file once.
            .pragma("wal_autocheckpoint", "4000");
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(ACQUIRE)
        };
        // A full disk makes SQLite roll back by itself; the driver then still believes in the transaction.
        let write = pool(1)
            .before_acquire(|connection, _| {
                Box::pin(async move { Ok(!connection.is_in_transaction()) })
            })
            .connect_with(options.clone())
            .await?;
        // In the same process: there is nothing to test.
        let read = pool(4)
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        Ok(Self::Sqlite { read, write })
    }

    /// The same database for a thread with a runtime of its own: a PostgreSQL connection belongs to the
    /// runtime that opened it.
    pub(crate) fn of_the_writer(self) -> Self {
        match self {
            Self::Sqlite { .. } => self,
            Self::Postgres(pool) => {
                let options = (*pool.connect_options()).clone();
                Self::Postgres(postgres_pool(1).connect_lazy_with(options))
            }
        }
    }

    pub(crate) async fn migrate(&self) -> Result<()> {
        match self {
            Self::Sqlite { write, .. } => SQLITE.run(write).await,
            Self::Postgres(pool) => POSTGRES.run(pool).await,
        }
        .map_err(|error| Error::Unavailable(format!("migrations: {error}")))
    }

    /// Whether the schema is the one this version works with.
    pub(crate) async fn is_migrated(&self) -> Result<bool> {
        let migrator = match self {
            Self::Sqlite { .. } => &SQLITE,
            Self::Postgres(_) => &POSTGRES,
        };
        let expected = migrator.iter().map(|migration| migration.version);
        let found = self
            .all::<(i64,)>(
                "SELECT version FROM _sqlx_migrations WHERE success ORDER BY version",
                vec![],
            )
            .await;
        match found {
            Ok(applied) => Ok(applied.into_iter().map(|(version,)| version).eq(expected)),
            // There is no such table.
            Err(Error::Internal(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            // IMMEDIATE: take the write lock now, not in the middle.
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    pub(crate) async fn all<T: Row>(
        &self,
        sql: impl Into<Sql>,
        binds: Vec<Bind>,
    ) -> Result<Vec<T>> {
        let sql = sql.into();
        Ok(match self {
            Self::Sqlite { read, .. } => {
                bound!(sqlx::query_as::<Sqlite, T>(sql.sqlite), binds)
                    .fetch_all(read)
                    .await?
            }
            Self::Postgres(pool) => {
                bound!(sqlx::query_as::<Postgres, T>(sql.postgres), binds)
                    .fetch_all(pool)
                    .await?
            }
        })
    }

    pub(crate) async fn optional<T: Row>(
        &self,
        sql: impl Into<Sql>,
        binds: Vec<Bind>,
    ) -> Result<Option<T>> {
        let sql = sql.into();
        Ok(match self {
            Self::Sqlite { read, .. } => {
                bound!(sqlx::query_as::<Sqlite, T>(sql.sqlite), binds)
                    .fetch_optional(read)
                    .await?
            }
            Self::Postgres(pool) => {
                bound!(sqlx::query_as::<Postgres, T>(sql.postgres), binds)
                    .fetch_optional(pool)
                    .await?
            }
        })
    }

    pub(crate) async fn one<T: Row>(&self, sql: impl Into<Sql>, binds: Vec<Bind>) -> Result<T> {
        self.optional(sql, binds).await?.ok_or(Error::NotFound)
    }

    /// Runs a statement that must not be in a transaction.
    pub(crate) async fn run(&self, sql: &'static str) -> Result<()> {
        match self {
            Self::Sqlite { write, .. } => sqlx::query(sql).execute(write).await.map(|_| ())?,
            Self::Postgres(pool) => sqlx::query(sql).execute(pool).await.map(|_| ())?,
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Runs a statement; returns the number of rows it touched.
    pub(crate) async fn run(&mut self, sql: impl Into<Sql>, binds: Vec<Bind>) -> Result<u64> {
        let sql = sql.into();
        Ok(match self {
            Self::Sqlite(tx) => bound!(sqlx::query::<Sqlite>(sql.sqlite), binds)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            Self::Postgres(tx) => bound!(sqlx::query::<Postgres>(sql.postgres), binds)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
        })
    }

    pub(crate) async fn all<T: Row>(
        &mut self,
        sql: impl Into<Sql>,
        binds: Vec<Bind>,
    ) -> Result<Vec<T>> {
        let sql = sql.into();
        Ok(match self {
            Self::Sqlite(tx) => {
                bound!(sqlx::query_as::<Sqlite, T>(sql.sqlite), binds)
                    .fetch_all(&mut **tx)
                    .await?
            }
            Self::Postgres(tx) => {
                bound!(sqlx::query_as::<Postgres, T>(sql.postgres), binds)
                    .fetch_all(&mut **tx)
                    .await?
            }
        })
    }

    pub(crate) async fn optional<T: Row>(
        &mut self,
        sql: impl Into<Sql>,
        binds: Vec<Bind>,
    ) -> Result<Option<T>> {
        Ok(self.all(sql, binds).await?.into_iter().next())
    }

    pub(crate) async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Tells the other hosts on the same database, when the transaction commits. SQLite has none.
    pub(crate) async fn notify(&mut self, signal: &'static str) -> Result<()> {
        if matches!(self, Self::Postgres(_)) {
            self.run("SELECT pg_notify('rolecall', $1)", binds![signal])
                .await?;
        }
        Ok(())
    }
}
