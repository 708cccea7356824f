//! Cursors (RFC 9865): a place in the order of one query, to go on behind it.
//!
//! The server keeps nothing: a cursor says where to go on, so it is as good tomorrow, and what was created or deleted
//! meanwhile repeats and hides nothing else. It is bound to its query by a digest rather than a signature: who
//! forges one gets a page of what they may read anyway.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rolecall_scim::{Error as ScimError, ListRequest, Place, ResourceType, Sort};
use sha2::{Digest, Sha256};

#[cfg(test)]
mod tests;

/// What tells a cursor from nonsense.
const MARK: [u8; 2] = *b"rc";
/// Goes up when places are written or ordered in another way.
const VERSION: u8 = 2;
/// Bytes of the digest that a cursor carries: enough to tell queries apart.
const BOUND: usize = 8;

/// The cursors of one query.
pub(super) struct Cursors([u8; BOUND]);

impl Cursors {
    /// `count` and what is answered of a resource may differ from page to page; the order and the matches may not.
    pub(super) fn of(
        connection: &str,
        kinds: &[ResourceType],
        request: &ListRequest,
        sort: &Sort,
    ) -> Self {
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        let query = serde_json::json!([
            connection,
            kinds,
            request.filter,
            sort.attribute(),
            sort.is_descending(),
        ]);
        let mut bound = [0; BOUND];
        let digest = Sha256::digest(query.to_string());
        bound.copy_from_slice(&digest[..BOUND]);
        Self(bound)
    }

    /// The cursor to what comes behind a place.
    pub(super) fn write(&self, place: &Place) -> String {
        let mut bytes = [&MARK[..], &[VERSION], &self.0].concat();
        bytes.extend_from_slice(serde_json::json!(place).to_string().as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place behind which a page begins; none for the first.
    pub(super) fn read(&self, cursor: &str) -> Result<Option<Place>, ScimError> {
        if cursor.is_empty() {
            return Ok(None);
        }
        let invalid = || {
            ScimError::invalid_cursor(
                "cursor is not a nextCursor of this query; send an empty one for the first page, and the same \
                 filter, sortBy and sortOrder with every page.",
            )
        };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let rest = bytes.strip_prefix(&MARK).ok_or_else(invalid)?;
        let (version, rest) = rest.split_first().ok_or_else(invalid)?;
        if *version != VERSION {
            return Err(ScimError::expired_cursor(
                "cursor was made by another version of this server; start again with an empty one.",
            ));
        }
        let (bound, place) = rest.split_at_checked(BOUND).ok_or_else(invalid)?;
        if bound != self.0 {
            return Err(invalid());
        }
        serde_json::from_slice(place)
            .map(Some)
            .map_err(|_| invalid())
    }
}
