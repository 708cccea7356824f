//! `rolecall events`

use anyhow::bail;

use crate::config::Events;

pub(crate) async fn run(command: Events) -> anyhow::Result<()> {
    let Events::Verify(database) = command;
    let store = database.open().await?;
    for environment in store.environments().await? {
        match environment.verify().await? {
            Ok(count) => println!("{}: {count} events, the chain holds", environment.id()),
            Err(broken) => bail!(
                "{}: the chain breaks at event {}: {}",
                environment.id(),
                broken.seq,
                broken.reason,
            ),
        }
    }
    store.close().await;
    Ok(())
}
