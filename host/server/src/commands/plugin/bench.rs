//! `rolecall plugin bench`

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::cases::CaseFile;
use super::report::number;
use super::{Said, report, source};
use crate::config::plugin::Bench;

pub(super) fn run(options: &Bench) -> Result<Said> {
    let case = CaseFile::read(&options.case)?.case;
    let workbench = source::workbench(&options.plugins)?;
    Ok(
        match workbench.bench(&case, Duration::from_secs(options.seconds)) {
            Ok(bench) => Said {
                good: bench.fault.is_none(),
                text: format!(
                    "{}decisions   {}, one after the other\nper second  {}\np50         {:.1} µs\np99         {:.1} µs\n\
                 fuel        {}\nmemory      {} bytes\n",
                    bench
                        .fault
                        .as_ref()
                        .map_or_else(String::new, |fault| format!("the plugin fails: {fault}\n")),
                    number(bench.decisions as u64),
                    number(bench.per_second as u64),
                    bench.p50_micros,
                    bench.p99_micros,
                    number(bench.fuel),
                    number(bench.memory_bytes as u64),
                ),
                json: json!(bench),
            },
            Err(problem) => Said::no(report::mistakes(&problem), &problem),
        },
    )
}
