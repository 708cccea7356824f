//! Versions as weak entity tags (RFC 7644 §3.14, RFC 9110 §8.8.3).

/// `W/"3"`: the `meta.version` and `ETag` of that version.
pub fn etag(version: i64) -> String {
    format!("W/\"{version}\"")
}

/// Whether an `If-Match` or `If-None-Match` header names that version: one of a list, or `*`. Compares weakly.
pub fn matches_etag(header: &str, version: i64) -> bool {
    let version = version.to_string();
    header.split(',').map(str::trim).any(|tag| {
        let opaque = tag.strip_prefix("W/").unwrap_or(tag);
        let quoted = opaque
            .strip_prefix('"')
            .and_then(|opaque| opaque.strip_suffix('"'));
        tag == "*" || quoted == Some(version.as_str())
    })
}
