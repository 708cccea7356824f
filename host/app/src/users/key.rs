//! What a displayName is looked up by.

use rolecall_scim::fold;

use crate::App;

/// Characters of a displayName that it is looked up by: it may be longer than an index takes.
const KEYED: usize = 200;
/// Users keyed at a time.
const BATCH: i64 = 5_000;

/// Two names that are equal have equal keys; the filter has the last word.
pub(crate) fn display_key(display: &str) -> String {
    fold(display).chars().take(KEYED).collect()
}

impl App {
    /// Keys the users that a version from before there were keys has written.
    pub(crate) async fn key_displays(&self) -> anyhow::Result<()> {
        loop {
            let unkeyed = self.store.unkeyed(BATCH).await?;
            if unkeyed.is_empty() {
                return Ok(());
            }
            let keys = unkeyed.into_iter();
            let keys: Vec<(String, String, String)> = keys
                .map(|(id, display)| {
                    let key = display_key(&display);
                    (id, display, key)
                })
                .collect();
            self.store.key_displays(&keys).await?;
        }
    }
}
