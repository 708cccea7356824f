//! Why a plugin gave no answer, when that is the plugin's or the host's doing.

use serde::{Deserialize, Serialize};
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};

use crate::sandbox::Sandbox;
use crate::{Limits, Slot};

/// A plugin failed. The last good decision stays in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{detail}")]
pub struct Fault {
    /// The slot it was filling; none while it was being set up.
    pub slot: Option<Slot>,
    /// In which way.
    pub kind: FaultKind,
    /// In words, for the plugin's author.
    pub detail: String,
    /// Where it was, innermost first, if it was running.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<Frame>,
}

/// A function on the stack of a plugin that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Its name, from the component's name section; its index where there is none.
    pub function: String,
    /// Bytes from the start of the core module, as `wasm-tools objdump` and `addr2line` count them.
    pub offset: Option<usize>,
}

/// Of a name of a function: with generics they get long.
const MOST_NAME: usize = 200;

impl Frame {
    fn of(frame: &wasmtime::FrameInfo) -> Self {
        let function = match frame.func_name() {
            Some(name) => name[..name.floor_char_boundary(MOST_NAME)].to_owned(),
            None => format!("function {}", frame.func_index()),
        };
        Self {
            function: crate::problem::tame(function),
            offset: frame.module_offset(),
        }
    }
}

/// In which way a plugin failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultKind {
    /// It died: a panic, an access beyond its memory, a division by zero.
    Trap,
    /// It used up its fuel.
    Fuel,
    /// It asked for more memory than it may have.
    Memory,
    /// It asked for a larger table than it may have.
    Table,
    /// It recursed too deeply.
    Stack,
    /// It ran for too long.
    Deadline,
    /// It handed over more than the host takes.
    Output,
    /// What it handed over does not follow the contract.
    Malformed,
    /// It said so itself.
    Internal,
    /// Too many decisions were running for this one to start.
    Busy,
    /// The host could not bring it into memory.
    NotLoaded,
    /// It failed too often of late, and is not asked for a while.
    BreakerOpen,
}

impl FaultKind {
    /// As it is written in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trap => "trap",
            Self::Fuel => "fuel",
            Self::Memory => "memory",
            Self::Table => "table",
            Self::Stack => "stack",
            Self::Deadline => "deadline",
            Self::Output => "output",
            Self::Malformed => "malformed",
            Self::Internal => "internal",
            Self::Busy => "busy",
            Self::NotLoaded => "not_loaded",
            Self::BreakerOpen => "breaker_open",
        }
    }

    /// Whether the same decision may well succeed when it is tried again: these depend on what else
    /// the machine was doing, the others on the input alone.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Deadline | Self::Busy | Self::NotLoaded)
    }

    /// Whether the plugin was asked, and failed; else the host did not come to ask it.
    pub const fn is_the_plugins(self) -> bool {
        !matches!(self, Self::Busy | Self::NotLoaded | Self::BreakerOpen)
    }
}

/// The error by which a bound of the host's own ends a guest.
#[derive(Debug, thiserror::Error)]
#[error("limit exceeded: {0:?}")]
pub(crate) struct Exceeded(pub(crate) FaultKind);

/// A fault that isn't known yet to belong to a slot.
pub(crate) fn classify(error: &wasmtime::Error, sandbox: &Sandbox, limits: &Limits) -> Fault {
    let kind = kind(error);
    let mut detail = words(kind, error, sandbox, limits);
    let frames = error
        .downcast_ref::<WasmBacktrace>()
        .map_or(&[][..], WasmBacktrace::frames);
    let names: Vec<_> = frames
        .iter()
        .filter_map(|frame| frame.func_name())
        .take(8)
        .collect();
    if !names.is_empty() {
        detail.push_str("; in ");
        detail.push_str(&names.join(" < "));
    }
    Fault {
        slot: None,
        kind,
        detail: crate::problem::tame(detail),
        trace: frames.iter().map(Frame::of).collect(),
    }
}

fn kind(error: &wasmtime::Error) -> FaultKind {
    if let Some(Exceeded(kind)) = error.downcast_ref() {
        return *kind;
    }
    if error.is::<PoolConcurrencyLimitError>() {
        return FaultKind::Busy;
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => FaultKind::Fuel,
        Some(Trap::Interrupt) => FaultKind::Deadline,
        Some(Trap::StackOverflow) => FaultKind::Stack,
        Some(_) => FaultKind::Trap,
        // wasmtime keeps this error's type to itself.
        None if error
            .root_cause()
            .to_string()
            .contains("fuel allocated for hostcalls") =>
        {
            FaultKind::Output
        }
        None => FaultKind::Malformed,
    }
}

fn words(kind: FaultKind, error: &wasmtime::Error, sandbox: &Sandbox, limits: &Limits) -> String {
    match kind {
        FaultKind::Fuel => {
            "it used up its fuel: it loops, or does too much for one user".to_owned()
        }
        FaultKind::Memory => {
            format!(
                "it asked for more than {} bytes of memory",
                limits.memory_bytes
            )
        }
        FaultKind::Table => {
            format!(
                "it asked for a table of more than {} elements",
                limits.table_elements
            )
        }
        FaultKind::Stack => "it recursed too deeply".to_owned(),
        FaultKind::Deadline => "it ran for too long".to_owned(),
        FaultKind::Output => {
            format!(
                "it handed over more than {} bytes at once",
                limits.output_bytes
            )
        }
        FaultKind::Malformed => {
            format!(
                "its answer does not follow the plugin contract: {}",
                error.root_cause()
            )
        }
        FaultKind::Busy => "too many decisions were running".to_owned(),
        FaultKind::NotLoaded => "the component could not be loaded".to_owned(),
        FaultKind::BreakerOpen => "it failed too often of late".to_owned(),
        FaultKind::Trap | FaultKind::Internal => match sandbox.last_words() {
            Some(words) => words.to_owned(),
            None => format!("it died: {}", error.root_cause()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::FaultKind::{
        BreakerOpen, Busy, Deadline, Fuel, Internal, Malformed, Memory, NotLoaded, Output, Stack,
        Table, Trap,
    };

    #[test]
    fn a_kind_is_named_as_in_json() {
        for kind in [
            Trap,
            Fuel,
            Memory,
            Table,
            Stack,
            Deadline,
            Output,
            Malformed,
            Internal,
            Busy,
            NotLoaded,
            BreakerOpen,
        ] {
            assert_eq!(serde_json::json!(kind), kind.as_str());
        }
    }
}
