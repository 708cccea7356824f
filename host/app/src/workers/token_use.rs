//! When tokens were last used: noted in memory by each request, written now and then.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::App;

const EVERY: Duration = Duration::from_secs(2);

/// Token id → milliseconds since 1970.
#[derive(Default)]
pub(crate) struct TokenUse(Mutex<HashMap<String, i64>>);

impl TokenUse {
    pub(crate) fn note(&self, token: &str, at: i64) {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match used.get_mut(token) {
            Some(last) => *last = at,
            None => {
                used.insert(token.to_owned(), at);
            }
        }
    }

    fn take(&self) -> Vec<(String, i64)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
            .into_iter()
            .collect()
    }
}

pub(super) async fn run(app: Arc<App>) {
    loop {
        tokio::time::sleep(EVERY).await;
        flush(&app).await;
    }
}

pub(super) async fn flush(app: &App) {
    if let Err(error) = app.store.note_token_use(&app.token_use.take()).await {
        tracing::warn!(%error, "the last use of tokens was not noted");
    }
}
