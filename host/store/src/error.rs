//! What can go wrong with a database, in the words the use cases act on.

/// An error of the store.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The row asked for is not there, or not within the handle's reach.
    #[error("not found")]
    NotFound,
    /// A value that must be unique is taken.
    #[error("{0} is already taken")]
    Conflict(Unique),
    /// Something read before this write has changed since: read, decide and write again.
    #[error("changed by someone else meanwhile")]
    Stale,
    /// The database is full, locked or gone; nothing was written. Try again later.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A defect of ours: logged, never shown to a client.
    #[error("{0}")]
    Internal(String),
}

/// What a uniqueness constraint protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unique {
    /// `userName` of a User, `displayName` of a Group, within a connection.
    Name,
    /// `externalId` within a connection and resource type.
    ExternalId,
    /// The key of a tenant within an environment.
    TenantKey,
    /// Any other key.
    Other,
}

impl std::fmt::Display for Unique {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Name => "the name",
            Self::ExternalId => "the externalId",
            Self::TenantKey => "the tenant key",
            Self::Other => "the key",
        })
    }
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A stored document that we wrote and can't read any more.
    pub(crate) fn corrupt(what: &str, error: &serde_json::Error) -> Self {
        Self::Internal(format!("stored {what} does not parse: {error}"))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::Database(database) => {
                if database.is_unique_violation() {
                    return Self::Conflict(violated(database.as_ref()));
                }
                match severity(database.code().as_deref().unwrap_or_default()) {
                    Severity::Absent => Self::NotFound,
                    Severity::Stale => Self::Stale,
                    Severity::Unavailable => Self::Unavailable(error.to_string()),
                    Severity::Internal => Self::Internal(error.to_string()),
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_)
            | sqlx::Error::BeginFailed => Self::Unavailable(error.to_string()),
            _ => Self::Internal(error.to_string()),
        }
    }
}

enum Severity {
    Absent,
    Stale,
    Unavailable,
    Internal,
}

/// SQLite answers with numbers (the low byte is the primary code), PostgreSQL with five characters.
fn severity(code: &str) -> Severity {
    if code.len() == 5 {
        return match code {
            // character_not_in_repertoire: U+0000. Nothing stored has it, so nothing is found by it.
            "22021" => Severity::Absent,
            // serialization_failure, deadlock_detected
            "40001" | "40P01" => Severity::Stale,
            // connection exceptions, insufficient resources, operator intervention, system error,
            // read_only_sql_transaction (a standby after fail-over), lock_not_available
            _ if ["08", "53", "57", "58"].contains(&&code[..2]) => Severity::Unavailable,
            "25006" | "55P03" => Severity::Unavailable,
            _ => Severity::Internal,
        };
    }
    match code.parse::<u32>().map(|code| code & 0xff) {
        // BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN
        Ok(5 | 6 | 8 | 10 | 11 | 13 | 14) => Severity::Unavailable,
        _ => Severity::Internal,
    }
}

/// PostgreSQL names the constraint; SQLite only lists the columns in its message.
fn violated(error: &dyn sqlx::error::DatabaseError) -> Unique {
    let message = error.message();
    let is = |index: &str, columns: &str| {
        error.constraint() == Some(index) || message.ends_with(columns) || message.contains(index)
    };
    if is("resources_name", "resources.name_key") {
        Unique::Name
    } else if is("resources_external", "resources.external_id") {
        Unique::ExternalId
    } else if is("tenants_pkey", "tenants.key") {
        Unique::TenantKey
    } else {
        Unique::Other
    }
}
