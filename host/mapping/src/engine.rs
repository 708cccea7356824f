//! The one wasmtime engine: what guests may use, where their memory comes from, and the clock that
//! ends their calls.

use std::num::NonZeroUsize;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use wasmtime::{Config, Engine, PoolingAllocationConfig};

use crate::Limits;

/// Time between two epochs: how exactly deadlines are kept.
const TICK: Duration = Duration::from_millis(5);

/// Memories that one component may have: QuickJS has 3.
const MEMORIES: u32 = 8;

/// Tables that one component may have.
const TABLES: u32 = 16;

/// Core instances that one component may have: Python has 108.
const CORE_INSTANCES: u32 = 160;

/// Core instances that components have on average, generously: Rust has 5, QuickJS 50.
const USUAL_CORE_INSTANCES: u32 = 16;

/// Memory of an instance that is cleared and kept for the next one rather than given back.
pub(crate) const KEPT_MEMORY: usize = 1 << 20;

/// An engine whose epochs pass. Dropping it stops them.
pub(crate) struct TickingEngine {
    engine: Engine,
    _ticker: Sender<()>,
}

impl TickingEngine {
    pub(crate) fn start(limits: &Limits) -> Result<Self, wasmtime::Error> {
        let mut config = code(limits);
        config.allocation_strategy(pool(limits));
        let engine = Engine::new(&config)?;
        let (ticker, dropped) = mpsc::channel();
        let ticking = engine.clone();
        // A thread of its own: a runtime's timers don't run while its workers are busy with guests.
        thread::Builder::new()
            .name("mapping-epochs".to_owned())
            .spawn(move || {
                while dropped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    ticking.increment_epoch();
                }
            })?;
        Ok(Self {
            engine,
            _ticker: ticker,
        })
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }
}

/// Epochs until a deadline has passed for certain: the current one has already begun.
pub(crate) fn epochs(deadline: Duration) -> u64 {
    deadline.as_millis().div_ceil(TICK.as_millis()) as u64 + 1
}

/// What native code depends on. Where guests' memory comes from does not count.
pub(crate) fn code(limits: &Limits) -> Config {
    let mut config = Config::new();
    config
        .memory_init_cow(true)
        .max_wasm_stack(limits.stack_bytes)
        .wasm_backtrace_max_frames(NonZeroUsize::new(16))
        // Fuel is the contract and is exact; epochs end what fuel does not count.
        .consume_fuel(true)
        .epoch_interruption(true)
        // The same bits on every machine.
        .cranelift_nan_canonicalization(true)
        // Off: whatever no guest toolchain of ours needs.
        .wasm_simd(false)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_tail_call(false)
        .wasm_gc(false)
        .wasm_wide_arithmetic(false)
        .wasm_custom_page_sizes(false)
        .wasm_stack_switching(false)
        .shared_memory(false)
        .gc_support(false)
        .concurrency_support(false)
        // Components inside of a component call each other through modules of wasmtime's own making, and those
        // have two memories: without it, compiling panics. Guests' modules may not (`check/shape.rs`).
        .wasm_multi_memory(true);
    config
}

fn pool(limits: &Limits) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    let most = limits.concurrency;
    pool.total_component_instances(most)
        .total_core_instances(most.max(CORE_INSTANCES) * USUAL_CORE_INSTANCES)
        .max_core_instances_per_component(CORE_INSTANCES)
        .total_memories(most * 2)
        .max_memories_per_component(MEMORIES)
        .total_tables(most * 4)
        .max_tables_per_component(TABLES)
        .table_elements(limits.table_elements)
        .max_memory_size(limits.memory_bytes)
        // A slot that is cleared rather than given back costs no system call and no page fault:
        // that is two thirds of a decision.
        .linear_memory_keep_resident(KEPT_MEMORY)
        .table_keep_resident(64 << 10)
        .max_unused_warm_slots(most);
    pool
}
