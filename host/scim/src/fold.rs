//! Comparison of strings whose attribute is not `caseExact` (RFC 7643 §2.2), as people compare names.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

#[cfg(test)]
mod tests;

/// The comparison key of a `caseExact=false` string: NFC and lower case, idempotent.
///
/// The same key stands in the database's index columns and in filters, so that both agree.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let composed = if is_nfc(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfc().collect())
    };
    // Character by character: `str::to_lowercase` makes the final sigma depend on its place, so that a prefix of a
    // name would not be a prefix of the key. Both sigmas are one letter here.
    let lower = composed
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'ς' { 'σ' } else { c });
    lower.nfc().collect()
}
