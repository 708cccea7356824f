//! What one component may cost.

use std::time::Duration;

/// Bounds on a component and on its calls. Every one of them that a guest's own work can reach gives
/// the same result on every run, except the deadlines, which are there for the work that fuel does
/// not count.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Size of an uploaded component.
    pub component_bytes: usize,
    /// Size of its functions' bodies, all its modules together: what compiling it takes depends on them.
    pub code_bytes: usize,
    /// CPU time that compiling a component may take; seconds.
    pub compile_cpu: Duration,
    /// Memory that compiling a component may take.
    pub compile_memory: usize,
    /// Fuel of one slot of one decision; roughly one unit per instruction.
    pub fuel: u64,
    /// Wall-clock time of one slot of one decision.
    pub deadline: Duration,
    /// Fuel of `describe` and of `prepare`.
    pub setup_fuel: u64,
    /// Wall-clock time of `describe` and of `prepare`.
    pub setup_deadline: Duration,
    /// Linear memory of an instance, all its memories together.
    pub memory_bytes: usize,
    /// Elements of one table.
    pub table_elements: usize,
    /// Native stack of a guest.
    pub stack_bytes: usize,
    /// What one call may hand to the host: its answer, or one log line.
    pub output_bytes: usize,
    /// Log lines kept of one decision; more are counted and dropped.
    pub log_lines: usize,
    /// Bytes of log messages kept of one decision.
    pub log_bytes: usize,
    /// Placements of one decision.
    pub placements: usize,
    /// Grants of one decision.
    pub grants: usize,
    /// Decisions that may run at the same time.
    pub concurrency: u32,
    /// Native code kept in memory; beyond it the components that were not used for longest go.
    pub loaded_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Admits Python, which needs 19 MB: two thirds of that is data, and code has a bound of its own.
            component_bytes: 24 << 20,
            // Python has 6.6 MB of it, SpiderMonkey some 7, QuickJS 1.3.
            code_bytes: 8 << 20,
            // Of CPU time, Rust takes a tenth of a second, QuickJS five, and Python 14 (20 where the compiler itself is
            // not optimised). Of memory Python takes more than half, 340 MB of it resident; the others not a quarter.
            compile_cpu: Duration::from_secs(30),
            compile_memory: 1 << 30,
            // A QuickJS mapping of a large user takes a tenth of it; all of it takes some 30 ms.
            fuel: 50_000_000,
            deadline: Duration::from_millis(500),
            setup_fuel: 1_000_000_000,
            setup_deadline: Duration::from_secs(5),
            memory_bytes: 64 << 20,
            table_elements: 20_000,
            stack_bytes: 512 << 10,
            output_bytes: 1 << 20,
            log_lines: 64,
            log_bytes: 16 << 10,
            placements: 1_000,
            grants: 10_000,
            concurrency: 128,
            // Some 2,000 Rust components, 200 of QuickJS, or 30 of Python.
            loaded_bytes: 1 << 30,
        }
    }
}
