//! `rolecall receipts`

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::bail;
use rolecall_app::App;
use rolecall_app::receipts::Proof;
use rolecall_app::workers::Retention;
use rolecall_store::Error as StoreError;

use crate::config::{Receipts, VerifyReceipts};
use crate::output::say;

/// Some decisions could not be made again.
const NOT_RUN: u8 = 2;

#[derive(Default)]
struct Tally {
    holding: u64,
    no_plugin: u64,
    due: u64,
    not_run: u64,
    /// Why not.
    reasons: BTreeSet<String>,
    broken: Vec<String>,
}

pub(crate) async fn run(command: Receipts) -> anyhow::Result<ExitCode> {
    let Receipts::Verify(VerifyReceipts {
        database,
        user,
        compile,
    }) = command;
    let store = database.existing().await?;
    let environments = store.environments().await?;
    let nothing_kept = Retention {
        rows: 0,
        ..Retention::default()
    };
    let app = App::new(store, String::new(), nothing_kept, compile.into()).await?;
    let mut broken = vec![];
    let mut reasons = BTreeSet::new();
    let mut known = user.is_none();
    for environment in environments {
        let mut tally = Tally::default();
        let verified = app
            .verify_receipts(&environment, user.as_deref(), |user, proof| {
                tally.count(user, proof);
            })
            .await;
        match verified {
            Err(StoreError::NotFound) if user.is_some() => continue,
            verified => verified?,
        }
        known = true;
        say(&format!("{}: {tally}\n", environment.id()))?;
        broken.append(&mut tally.broken);
        reasons.append(&mut tally.reasons);
    }
    if !known {
        bail!("there is no user {}", user.unwrap_or_default());
    }
    for why in &reasons {
        eprintln!("rolecall: decisions could not be made again: {why}");
    }
    if !broken.is_empty() {
        bail!("{}", broken.join("\n"));
    }
    Ok(if reasons.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(NOT_RUN)
    })
}

impl Tally {
    fn count(&mut self, user: &str, proof: Proof) {
        match proof {
            Proof::Holds => self.holding += 1,
            Proof::NoPlugin => self.no_plugin += 1,
            Proof::Due => self.due += 1,
            Proof::NotLoaded(why) => {
                self.not_run += 1;
                self.reasons.insert(why);
            }
            Proof::Broken(found) => {
                let found = found.join("; ");
                self.broken.push(format!("user {user}: {found}"));
            }
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (broken, holding) = (self.broken.len() as u64, self.holding);
        write!(
            f,
            "{} decisions made again, {holding} the same bytes, {broken} not; {} users without a plugin, {} waiting",
            holding + broken,
            self.no_plugin,
            self.due
        )?;
        match self.not_run {
            0 => Ok(()),
            not_run => write!(f, "; {not_run} not made again"),
        }
    }
}
