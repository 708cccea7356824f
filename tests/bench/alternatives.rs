//! What could decide instead of a component: the program of `tests/bench/alternatives`, asked in turns.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};

use super::guests::examples;

/// The running program; it ends with this.
pub(crate) struct Alternatives {
    child: Child,
    commands: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Alternatives {
    pub(crate) fn start(user: &str, groups: &str) -> Result<Self> {
        let mut child =
            Command::new(std::env::current_exe()?.with_file_name("rolecall-bench-alternatives"))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .context("the alternatives; tests/bench/run builds them")?;
        let mut commands = child.stdin.take().context("a pipe")?;
        let answers = BufReader::new(child.stdout.take().context("a pipe")?).lines();
        writeln!(
            commands,
            "{}\n{user}\n{groups}",
            examples().join("js").display()
        )?;
        Ok(Self {
            child,
            commands,
            answers,
        })
    }

    /// Microseconds of CPU time per decision.
    pub(crate) fn measure(&mut self, engine: &str, calls: u32) -> Result<f64> {
        writeln!(self.commands, "{engine} {calls}")?;
        let answer = self
            .answers
            .next()
            .context("the alternatives have ended")??;
        Ok(answer.parse()?)
    }
}

impl Drop for Alternatives {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
