//! The only public error of the protocol (RFC 7644 §3.12).

use std::fmt;

use serde_json::{Value, json};

#[cfg(test)]
mod tests;

const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// What the client is told: an HTTP status, a keyword for programs, a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// HTTP status code.
    pub status: u16,
    /// The keyword, where RFC 7644 defines one for this failure.
    pub scim_type: Option<ScimType>,
    /// A sentence that names what is wrong; shown to the IdP's administrator.
    pub detail: String,
}

/// Detail error keywords (RFC 7644 §3.12, table 9; RFC 9865 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScimType {
    InvalidFilter,
    TooMany,
    Uniqueness,
    Mutability,
    InvalidSyntax,
    InvalidPath,
    NoTarget,
    InvalidValue,
    InvalidVers,
    Sensitive,
    InvalidCursor,
    ExpiredCursor,
    InvalidCount,
}

impl ScimType {
    /// The keyword as it stands in `scimType`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $status:literal $(, $scim_type:ident)?;)*) => {
        $($(#[$doc])*
        pub fn $name(detail: impl Into<String>) -> Self {
            let scim_type = constructors!(@scim_type $($scim_type)?);
            Self { status: $status, scim_type, detail: detail.into() }
        })*
    };
    (@scim_type) => { None };
    (@scim_type $scim_type:ident) => { Some(ScimType::$scim_type) };
}

impl Error {
    constructors! {
        /// A value is missing or of the wrong type.
        invalid_value => 400, InvalidValue;
        /// The body is no JSON, or not of the message's shape.
        invalid_syntax => 400, InvalidSyntax;
        /// The filter does not parse, or compares what can't be compared.
        invalid_filter => 400, InvalidFilter;
        /// The path of a PATCH operation is malformed or names no attribute.
        invalid_path => 400, InvalidPath;
        /// The path of a PATCH operation yields nothing to operate on.
        no_target => 400, NoTarget;
        /// The attribute can't be changed that way.
        mutability => 400, Mutability;
        /// The request asks for more than the server is willing to do.
        too_many => 400, TooMany;
        /// The cursor is none of ours, or of another query.
        invalid_cursor => 400, InvalidCursor;
        /// The cursor was good once.
        expired_cursor => 400, ExpiredCursor;
        /// The page size of a query by cursor is no positive integer.
        invalid_count => 400, InvalidCount;
        /// No or wrong credentials.
        unauthorized => 401;
        /// Credentials without the right.
        forbidden => 403;
        /// No such resource or endpoint.
        not_found => 404;
        /// The endpoint does not know the method.
        method_not_allowed => 405;
        /// The client takes too long to send the request.
        request_timeout => 408;
        /// What the request needs contradicts something else; trying again doesn't help.
        conflict => 409;
        /// Another resource has this value already.
        uniqueness => 409, Uniqueness;
        /// `If-Match` names another version.
        precondition_failed => 412;
        /// The body is larger than the server takes.
        too_large => 413;
        /// The body is no JSON by its media type.
        unsupported_media_type => 415;
        /// The server's fault; never says what happened inside.
        internal => 500;
        /// Not supported.
        not_implemented => 501;
        /// Try again later.
        unavailable => 503;
    }

    /// The body of the response; `status` is a string there (RFC 7644 §3.12).
    pub fn body(&self) -> Value {
        let mut body = json!({ "schemas": [SCHEMA], "status": self.status.to_string() });
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = json!(scim_type.as_str());
        }
        body["detail"] = json!(self.detail);
        body
    }

    /// The same failure, with the sentence of where it happened in front.
    pub(crate) fn within(mut self, place: impl fmt::Display) -> Self {
        self.detail = format!("{place}: {}", self.detail);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scim_type {
            Some(scim_type) => {
                write!(f, "{} {}: {}", self.status, scim_type.as_str(), self.detail)
            }
            None => write!(f, "{}: {}", self.status, self.detail),
        }
    }
}

impl std::error::Error for Error {}
