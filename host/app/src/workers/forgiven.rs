//! What IdPs were forgiven, per connection: counted in memory by each request, written now and then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rolecall_scim::Tolerances;
use rolecall_store::ToleranceRow;

use crate::context::Context;
use crate::{App, clock, request};

const EVERY: Duration = Duration::from_secs(2);

/// (Connection id, name) → how often.
type Sums = BTreeMap<(String, String), ToleranceRow>;

#[derive(Default)]
pub(crate) struct Forgiven(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    fresh: Sums,
    /// On its way to the database, and not known to be there: a write that failed, or was cut off when the server
    /// stopped, is made again.
    unwritten: Sums,
}

fn add(sums: &mut Sums, connection: String, new: ToleranceRow) {
    sums.entry((connection, new.name.clone()))
        .and_modify(|sum| {
            sum.times += new.times;
            sum.first_at = sum.first_at.min(new.first_at);
            sum.last_at = sum.last_at.max(new.last_at);
        })
        .or_insert(new);
}

impl Forgiven {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All that is to be written.
    fn to_write(&self) -> Vec<(String, ToleranceRow)> {
        let counts = &mut *self.counts();
        for ((connection, _), row) in std::mem::take(&mut counts.fresh) {
            add(&mut counts.unwritten, connection, row);
        }
        let unwritten = counts.unwritten.iter();
        unwritten
            .map(|((connection, _), row)| (connection.clone(), row.clone()))
            .collect()
    }

    fn written(&self) {
        self.counts().unwritten.clear();
    }
}

impl App {
    /// Counts what a request that went through was forgiven.
    pub(crate) fn forgave(&self, context: &Context, tolerances: &Tolerances) {
        if tolerances.is_empty() {
            return;
        }
        request::forgave(tolerances);
        let at = clock::now();
        let counts = &mut *self.forgiven.counts();
        for (name, times) in tolerances.iter() {
            let row = ToleranceRow {
                name: name.to_owned(),
                times: i64::from(times),
                first_at: at,
                last_at: at,
            };
            add(&mut counts.fresh, context.connection.id().to_owned(), row);
        }
    }
}

pub(super) async fn run(app: Arc<App>) {
    loop {
        tokio::time::sleep(EVERY).await;
        flush(&app).await;
    }
}

pub(super) async fn flush(app: &App) {
    match app.store.note_tolerances(&app.forgiven.to_write()).await {
        Ok(()) => app.forgiven.written(),
        Err(error) => tracing::warn!(%error, "what was forgiven was not noted; trying again"),
    }
}
