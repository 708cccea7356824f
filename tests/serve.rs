//! `rolecall serve` and its companions as processes: what scripts and service managers rely on.

mod command_line;
mod demo;
mod in_memory;
mod metrics;
mod outage;
mod slow;
mod start;
mod statistics;
mod stop;
mod telemetry;
