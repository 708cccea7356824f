//! The one place that makes ids: UUID version 7 (RFC 9562), so that they sort by creation.

/// A new id for a SCIM resource, a connection or a token.
pub fn new() -> String {
    #[expect(clippy::disallowed_methods, reason = "this is where ids come from")]
    uuid::Uuid::now_v7().to_string()
}
