//! Everything that is SQL, and nothing else: SQLite and PostgreSQL from one SQL text.
//!
//! Rights are handles. [`Environment`] comes from an operator key, [`Connection`] from a SCIM token or
//! from its environment; every statement they run carries their id, so a path or a body can't widen what
//! the secret allows (invariant 8). What a SCIM request writes is a [`Change`], a value that commits
//! whole or not at all (invariant 6), in groups, by one writer.

mod access;
mod activity;
mod breakers;
mod catalog;
mod change;
mod commit;
mod connections;
mod db;
mod due;
mod environment;
mod error;
mod events;
mod find;
mod keys;
mod leave;
mod mappings;
mod members;
mod nesting;
mod pages;
mod plugin_logs;
mod plugins;
mod requests;
mod resources;
mod schemas;
mod seal;
mod signals;
mod signatures;
mod statistics;
mod tenants;
mod tokens;
mod tolerances;
mod unkeyed;
mod users;
mod writer;

use std::sync::Arc;

pub use access::{AccessItem, StoredAccess, difference, remaining};
pub use activity::ActivityRow;
pub use breakers::{BreakerRow, DueBreaker, Opening};
pub use change::{
    Body, Change, DecisionWrite, GroupEffect, Insert, Leaving, Membership, Memberships, Touch,
    Update,
};
pub use connections::{Connection, ConnectionEdit, ConnectionRow, NewConnection};
pub use due::DueUser;
pub use environment::{Environment, Fence};
pub use error::{Error, Result, Unique};
pub use events::{EventRow, NewEvent};
pub use find::Equality;
pub use keys::{KeyHash, Opened};
pub use leave::{Ending, access_changed};
pub use mappings::{MappingRow, NewMapping};
pub use members::{Candidate, MemberRow};
pub use nesting::{MembershipRow, NestedRow};
pub use pages::{Behind, Order};
pub use plugin_logs::{LineRow, LinesEnd, LinesQuery, NewLine, NewLines};
pub use plugins::{NewPlugin, PluginRow};
pub use requests::{NewRequest, OldRequest, RequestGap, RequestRow, Requests, subject};
pub use resources::{DELETED_USER, ResourceRow};
pub use schemas::{Declarations, SchemaRow};
pub use seal::{ChainBreak, verify_chain};
pub use signals::Signals;
pub use signatures::{NewSignature, PluginKeyRow, SignatureRow};
pub use tenants::{NewTenant, TenantEdit, TenantRow};
pub use tokens::{NewToken, TokenRow};
pub use tolerances::ToleranceRow;
pub use users::{DecisionRow, UserQuery, UserRow};

/// A database, open and migrated.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    db: db::Db,
    signals: Signals,
    writer: writer::Writer,
}

impl Store {
    /// Opens `sqlite:FILE`, `sqlite::memory:` or `postgres://…`, and brings its schema up to date.
    pub async fn open(url: &str) -> Result<Self> {
        let db = db::Db::open(url, true).await?;
        db.migrate().await?;
        Self::start(db)
    }

    /// Opens a database to look at it: it is neither made nor migrated.
    pub async fn existing(url: &str) -> Result<Self> {
        let db = db::Db::open(url, false).await?;
        if db.is_migrated().await? {
            return Self::start(db);
        }
        Err(Error::Unavailable(
            "its schema is not the one of this version of rolecall; if it is an older one, bring it up to date with \
             `rolecall migrate`"
                .to_owned(),
        ))
    }

    fn start(db: db::Db) -> Result<Self> {
        let signals = Signals::new();
        let writer = writer::Writer::start(db.clone(), signals.clone())?;
        if matches!(db, db::Db::Postgres(_)) {
            tokio::spawn(signals::listen(db.clone(), signals.clone()));
            tokio::spawn(statistics::keep(db.clone(), signals.clone()));
        }
        Ok(Self(Arc::new(Inner {
            db,
            signals,
            writer,
        })))
    }

    /// What to wait on.
    pub fn signals(&self) -> &Signals {
        &self.0.signals
    }

    /// Goes up when events were written here.
    pub fn watch_written(&self) -> tokio::sync::watch::Receiver<u64> {
        self.signals().written().subscribe()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.db()
            .one::<(i64,)>("SELECT CAST(1 AS BIGINT)", vec![])
            .await
            .map(|_| ())
    }

    /// Ends after the writes under way are committed.
    pub async fn close(&self) {
        // It may have been closed before.
        let _ = self.0.writer.close().await;
        self.db().close().await;
    }

    fn db(&self) -> &db::Db {
        &self.0.db
    }
}
