//! The one place that makes ids: UUID version 7 (RFC 9562), so that they sort by creation.

use uuid::Uuid;

/// A new id for a SCIM resource, a connection, a token or a request.
pub fn new() -> String {
    #[expect(clippy::disallowed_methods, reason = "this is where ids come from")]
    Uuid::now_v7().to_string()
}

/// When an id was made, in milliseconds since 1970; none for what is no such id.
pub fn time(id: &str) -> Option<i64> {
    let (seconds, nanoseconds) = Uuid::try_parse(id).ok()?.get_timestamp()?.to_unix();
    i64::try_from(seconds * 1_000 + u64::from(nanoseconds / 1_000_000)).ok()
}

/// Sorts before every id made at that time (milliseconds since 1970) or later, and after every earlier one.
pub fn floor(ms: i64) -> String {
    let ms = ms.clamp(0, 0xffff_ffff_ffff);
    format!("{:08x}-{:04x}-7", ms >> 16, ms & 0xffff)
}
