//! `rolecall events`

use anyhow::bail;

use crate::config::Events;
use crate::output::say;

pub(crate) async fn run(command: Events) -> anyhow::Result<()> {
    let Events::Verify(database) = command;
    let store = database.existing().await?;
    let mut broken = vec![];
    for environment in store.environments().await? {
        let id = environment.id();
        match environment.verify().await? {
            Ok(count) => say(&format!("{id}: {count} events, the chain holds\n"))?,
            Err(found) => broken.push(format!(
                "{id}: the chain breaks at event {}: {}",
                found.seq, found.reason,
            )),
        }
    }
    store.close().await;
    if broken.is_empty() {
        return Ok(());
    }
    bail!("{}", broken.join("\n"))
}
