//! What could decide instead of a component, without its sandbox: the example's mapping in a fresh QuickJS runtime, and as
//! much of it as CEL and Rego can say.
//!
//! Reads from standard input, a line each: the path of the JavaScript example, the user's JSON, the groups' JSON; then
//! commands `ENGINE CALLS`, each answered with the CPU time of a decision in microseconds. So the benchmark lets all take turns.

mod expressions;
mod policy;
mod script;

use std::io::{self, BufRead, Write};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use rustix::time::{ClockId, clock_gettime};

/// A way to decide, ready to be asked.
trait Engine {
    /// Decides about the user once, from JSON text.
    fn decide(&mut self, user: &str, groups: &str) -> Result<serde_json::Value>;
}

fn main() -> Result<()> {
    let mut lines = io::stdin().lock().lines();
    let mut next = || lines.next().context("a line of input")?.context("text");
    let (example, user, groups) = (next()?, next()?, next()?);
    let mut script = script::Script::read(Path::new(&example))?;
    let mut expressions = expressions::Expressions::compile()?;
    let mut policy = policy::Policy::compile()?;

    // All that can say something say the same of it; or else they are not compared.
    let whole = script.decide(&user, &groups)?;
    ensure!(
        policy.decide(&user, &groups)? == whole,
        "Rego and JavaScript differ"
    );
    let profile = expressions.decide(&user, &groups)?;
    ensure!(
        profile["profile"] == whole["profile"],
        "CEL and JavaScript differ"
    );

    while let Ok(command) = next() {
        let (engine, calls) = command.split_once(' ').context("ENGINE CALLS")?;
        let engine: &mut dyn Engine = match engine {
            "quickjs" => &mut script,
            "cel" => &mut expressions,
            "rego" => &mut policy,
            _ => bail!("no engine is called {engine:?}"),
        };
        let calls = calls.parse()?;
        println!("{}", cpu_micros(calls, || engine.decide(&user, &groups))?);
        io::stdout().flush()?;
    }
    Ok(())
}

/// CPU time of this thread per call.
fn cpu_micros<T>(calls: u32, mut call: impl FnMut() -> Result<T>) -> Result<f64> {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
    };
    let before = now();
    for _ in 0..calls {
        std::hint::black_box(call()?);
    }
    Ok((now() - before) / f64::from(calls))
}
