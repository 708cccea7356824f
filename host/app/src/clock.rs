//! The one place that reads the clock; everywhere else time is a value.

/// Milliseconds since 1970, UTC.
pub fn now() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    jiff::Timestamp::now().as_millisecond()
}

/// RFC 3339 with milliseconds, in UTC.
pub fn rfc3339(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .map(|time| format!("{time:.3}"))
        .unwrap_or_default()
}

/// The milliseconds since 1970 of a time in RFC 3339; none for what is no such time.
pub fn parsed(text: &str) -> Option<i64> {
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(time.as_millisecond())
}
