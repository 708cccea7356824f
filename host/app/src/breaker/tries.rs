//! How a plugin has done of late, and whether that is enough to call it broken.

use std::collections::{HashSet, VecDeque};

/// Decisions that are remembered.
const WINDOW: usize = 20;
/// So many failures in a row are enough, and so many among those remembered. A plugin is a pure function: the same
/// input fails again whatever is the matter with others, so different ones count.
const IN_A_ROW: usize = 5;
const OF_WINDOW: usize = 10;
/// With few inputs they must have failed for so long, too.
const LASTING_MS: i64 = 10_000;
/// A request that starts over asks again at once; that is one try.
const AT_ONCE_MS: i64 = 500;

/// The last decisions of one plugin for one connection.
#[derive(Debug, Default)]
pub(super) struct Tries(VecDeque<Try>);

#[derive(Debug, Clone, Copy)]
struct Try {
    /// The hash of the user and its groups.
    input: u64,
    failed: bool,
    at: i64,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Fine,
    /// It failed often enough, and for long enough, but with few inputs.
    Suspect,
    Broken,
}

impl Tries {
    pub(super) fn note(&mut self, input: u64, failed: bool, at: i64) {
        let just_now =
            |it: &Try| it.failed && failed && it.input == input && at - it.at < AT_ONCE_MS;
        if self.0.iter().any(just_now) {
            return;
        }
        self.0.push_back(Try { input, failed, at });
        if self.0.len() > WINDOW {
            self.0.pop_front();
        }
    }

    pub(super) fn verdict(&self) -> Verdict {
        let different =
            |inputs: &mut dyn Iterator<Item = u64>| inputs.collect::<HashSet<_>>().len();
        if different(&mut self.last().map(|it| it.input)) >= IN_A_ROW
            || different(&mut self.failed().map(|it| it.input)) >= OF_WINDOW
        {
            return Verdict::Broken;
        }
        let times: Vec<i64> = self.last().map(|it| it.at).collect();
        let lasted = times.first().zip(times.last());
        let is_lasting = lasted.is_some_and(|(last, first)| last - first >= LASTING_MS);
        if times.len() >= IN_A_ROW && is_lasting {
            return Verdict::Suspect;
        }
        Verdict::Fine
    }

    pub(super) fn failures(&self) -> i64 {
        self.failed().count() as i64
    }

    pub(super) fn failures_with(&self, input: u64) -> u32 {
        self.failed().filter(|it| it.input == input).count() as u32
    }

    pub(super) fn all_went_well(&self) -> bool {
        self.failed().next().is_none()
    }

    fn failed(&self) -> impl Iterator<Item = &Try> {
        self.0.iter().filter(|it| it.failed)
    }

    fn last(&self) -> impl Iterator<Item = &Try> {
        self.0.iter().rev().take_while(|it| it.failed)
    }
}

#[cfg(test)]
mod tests;
