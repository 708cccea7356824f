//! `rolecall migrate`

use anyhow::Context;
use rolecall_store::Store;

use crate::config::Database;

pub(crate) async fn run(database: Database) -> anyhow::Result<()> {
    let store = Store::open(&database.url)
        .await
        .context("cannot bring the database up to date")?;
    store.close().await;
    tracing::info!("the database's schema is up to date");
    Ok(())
}
