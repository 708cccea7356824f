//! What the server says to people.

use serde_json::Value;

/// A problem's detail is a sentence for a person: it names what is wrong and never quotes a linker. `words` are in it;
/// either will do, with a `|` between them.
#[track_caller]
pub(crate) fn expect_plain_words(what: &str, problem: &Value, words: &str) {
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(
        detail.len() > 20 && words.split('|').any(|either| detail.contains(either)),
        "{what}: {problem}"
    );
    for jargon in ["wasmtime", "Backtrace", "failed to", "0x"] {
        assert!(
            !detail.contains(jargon),
            "{what} talks of {jargon}: {detail}"
        );
    }
}
