//! `rolecall migrate`

use crate::config::Database;

pub(crate) async fn run(database: Database) -> anyhow::Result<()> {
    let store = database.open().await?;
    store.close().await;
    tracing::info!("the database's schema is up to date");
    Ok(())
}
