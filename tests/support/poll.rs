//! Waiting for a condition: the only timer of the tests.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often a condition is looked at.
const EVERY: Duration = Duration::from_millis(20);
/// How long a condition may take on a slow machine before the test fails.
const AT_MOST: Duration = Duration::from_secs(30);

/// Asks until there is an answer, and fails the test if there is none in time.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < AT_MOST, "waited {AT_MOST:?} for {what}");
    }
}
