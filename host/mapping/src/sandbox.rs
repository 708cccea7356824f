//! What a store carries for its guest: the bounds it has not reached yet, and what it said.

use wasmtime::component::{Linker, WasmStr};
use wasmtime::{Engine, ResourceLimiter, StoreContextMut};

use crate::abi::v1;
use crate::fault::Exceeded;
use crate::outcome::LogLine;
use crate::problem::tame;
use crate::{FaultKind, Limits};

/// Fuel of a log line besides one unit per byte, so that a guest cannot make the host work for more
/// than its budget.
const LOG_FUEL: u64 = 100;

/// The data of a store.
pub(crate) struct Sandbox {
    memory: usize,
    memory_limit: usize,
    table_limit: usize,
    lines: Vec<LogLine>,
    lines_left: usize,
    bytes_left: usize,
    lines_dropped: u64,
    last_words: Option<String>,
}

impl Sandbox {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory: 0,
            memory_limit: limits.memory_bytes,
            table_limit: limits.table_elements,
            lines: Vec::new(),
            lines_left: limits.log_lines,
            bytes_left: limits.log_bytes,
            lines_dropped: 0,
            last_words: None,
        }
    }

    /// Bytes of linear memory now, which is the most there were: memories never shrink.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory
    }

    /// What the guest said at level `panic`.
    pub(crate) fn last_words(&self) -> Option<&str> {
        self.last_words.as_deref()
    }

    /// The lines since they were last taken, and how many more there would have been.
    pub(crate) fn take_log(&mut self) -> (Vec<LogLine>, u64) {
        (
            std::mem::take(&mut self.lines),
            std::mem::take(&mut self.lines_dropped),
        )
    }

    fn log(&mut self, level: &'static str, message: &str) {
        if level == "panic" {
            self.last_words = Some(tame(message.to_owned()));
        }
        let kept = message.floor_char_boundary(self.bytes_left);
        if kept < message.len() || self.lines_left == 0 {
            self.lines_dropped += 1;
        }
        if self.lines_left > 0 && (kept > 0 || message.is_empty()) {
            self.lines_left -= 1;
            self.bytes_left -= kept;
            let message = tame(message[..kept].to_owned());
            self.lines.push(LogLine {
                level: level.into(),
                message,
            });
        }
    }
}

impl ResourceLimiter for Sandbox {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let memory = self.memory + desired.saturating_sub(current);
        if memory > self.memory_limit {
            return Err(Exceeded(FaultKind::Memory).into());
        }
        self.memory = memory;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > self.table_limit {
            return Err(Exceeded(FaultKind::Table).into());
        }
        Ok(true)
    }
}

/// A linker that offers what the contract lets a guest import: `log`.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Sandbox>> {
    let mut linker = Linker::new(engine);
    linker.instance(v1::LOG)?.func_wrap("write", write)?;
    Ok(linker)
}

fn write(
    mut store: StoreContextMut<'_, Sandbox>,
    (level, message): (WasmStr, WasmStr),
) -> wasmtime::Result<()> {
    let level = match &*level.to_str(&store)? {
        "debug" => "debug",
        "warn" => "warn",
        "error" => "error",
        "panic" => "panic",
        _ => "info",
    };
    let message = message.to_str(&store)?.into_owned();
    let fuel = store.get_fuel()?;
    store.set_fuel(fuel.saturating_sub(LOG_FUEL + message.len() as u64))?;
    store.data_mut().log(level, &message);
    Ok(())
}
