//! What IdPs were forgiven, per connection: counted in memory by each request, written now and then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rolecall_scim::Tolerances;
use rolecall_store::ToleranceRow;

use crate::context::Context;
use crate::{App, clock};

const EVERY: Duration = Duration::from_secs(2);

/// Connection id, and what was forgiven there.
type Counts = Vec<(String, ToleranceRow)>;

/// (Connection id, name) → what came since the last write.
#[derive(Default)]
pub(crate) struct Forgiven(Mutex<BTreeMap<(String, String), ToleranceRow>>);

impl Forgiven {
    fn add(&self, counts: Counts) {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (connection, new) in counts {
            sums.entry((connection, new.name.clone()))
                .and_modify(|sum| {
                    sum.times += new.times;
                    sum.first_at = sum.first_at.min(new.first_at);
                    sum.last_at = sum.last_at.max(new.last_at);
                })
                .or_insert(new);
        }
    }

    fn take(&self) -> Counts {
        let sums = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let counts = sums.into_iter();
        counts
            .map(|((connection, _), row)| (connection, row))
            .collect()
    }
}

impl App {
    /// Counts what a request that went through was forgiven.
    pub(crate) fn forgave(&self, context: &Context, tolerances: &Tolerances) {
        if tolerances.is_empty() {
            return;
        }
        let at = clock::now();
        let counts = tolerances.iter().map(|(name, times)| {
            let row = ToleranceRow {
                name: name.to_owned(),
                times: i64::from(times),
                first_at: at,
                last_at: at,
            };
            (context.connection.id().to_owned(), row)
        });
        self.forgiven.add(counts.collect());
    }
}

pub(super) async fn run(app: Arc<App>) {
    loop {
        tokio::time::sleep(EVERY).await;
        flush(&app).await;
    }
}

pub(super) async fn flush(app: &App) {
    let counts = app.forgiven.take();
    if let Err(error) = app.store.note_tolerances(&counts).await {
        tracing::warn!(%error, "what was forgiven was not noted; trying again");
        app.forgiven.add(counts);
    }
}
