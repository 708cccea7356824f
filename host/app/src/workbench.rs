//! A plugin on its author's machine: checked, prepared, run and judged by the code that serves, within the
//! same limits, without a database.

mod bench;
mod case;
mod compare;
mod decide;
mod ground;
mod kept;
mod mapping;
mod replay;
mod usage;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use rolecall_mapping::{Limits, Runtime};
use serde::Serialize;
use serde_json::Value;

use crate::manage::users::{Grant, Placement};
use crate::mapping::STOCK;

pub use bench::Bench;
pub use case::{Case, CaseMapping, CaseSlot, CaseTenant, Expect, Recorded, TenantFacts};
pub use compare::Difference;
pub use rolecall_mapping::{Checked, LogLine, Refusal};
pub use usage::Use;

/// The plugins that are tried, and the stock plugin for what they leave open.
pub struct Workbench {
    runtime: Runtime,
    /// Where native code is kept.
    kept: Option<PathBuf>,
    /// A second runtime with room to spare, to say by how much a limit is missed.
    roomy: OnceLock<Runtime>,
    plugins: Vec<Tried>,
    stock: OnceLock<Checked>,
}

struct Tried {
    checked: Checked,
    component: Vec<u8>,
}

/// What became of a case.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// `active`, `refused`, `pending` (the plugin failed) or `inactive` (no plugin is asked).
    pub state: &'static str,
    pub profile: Value,
    pub placements: Vec<Placement>,
    pub grants: Vec<Grant>,
    /// Items that the host does not let take effect: `item`, `code`, `detail`.
    pub refused: Value,
    /// Why there is no decision, when there is none.
    pub problem: Value,
    /// What the case did not give, and so was not checked: `tenants`, `catalogue`.
    pub unchecked: Vec<&'static str>,
    /// Every line, those included that a server would drop.
    pub logs: Vec<LogLine>,
    /// What was used of each limit.
    pub limits: Vec<Use>,
    /// Slot by slot, as the server explains a decision.
    pub slots: Vec<Value>,
    /// As in a decision.
    pub receipt: Value,
    /// Of a recorded case: whether it came out as it was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
}

/// A recorded decision, run again.
#[derive(Debug, Clone, Serialize)]
pub struct Replay {
    /// Why it can't come out the same, if it can't: another plugin, another input.
    pub unlike: Vec<String>,
    /// Where the receipt differs although it should not.
    pub differences: Vec<Difference>,
}

impl Workbench {
    /// With the limits of a server. What is compiled is kept in the folder, if one is named, for the next time.
    pub fn new(kept: Option<&Path>) -> anyhow::Result<Self> {
        Ok(Self {
            runtime: Runtime::new(Limits::default(), kept::compiler(kept)?)?,
            kept: kept.map(Path::to_owned),
            roomy: OnceLock::new(),
            plugins: vec![],
            stock: OnceLock::new(),
        })
    }

    /// The stock plugin `rules`.
    pub fn rules() -> &'static [u8] {
        STOCK
    }

    /// `sha256:…`
    pub fn digest(component: &[u8]) -> String {
        Runtime::digest(component).to_string()
    }

    /// Takes a plugin in, as an upload does.
    pub fn add(&mut self, component: Vec<u8>) -> Result<&Checked, Refusal> {
        let checked = self.runtime.check(&component)?;
        self.plugins.push(Tried { checked, component });
        Ok(&self.plugins[self.plugins.len() - 1].checked)
    }

    fn stock(&self) -> Result<&Checked, Refusal> {
        if let Some(stock) = self.stock.get() {
            return Ok(stock);
        }
        let checked = self.runtime.check(STOCK)?;
        Ok(self.stock.get_or_init(|| checked))
    }

    /// A runtime in which nothing but a runaway guest comes to an end, with the plugins in it.
    fn roomy(&self) -> Option<&Runtime> {
        if let Some(roomy) = self.roomy.get() {
            return Some(roomy);
        }
        let limits = Limits::default();
        let roomy = Limits {
            fuel: limits.fuel * 20,
            deadline: Duration::from_secs(20),
            memory_bytes: limits.memory_bytes * 8,
            output_bytes: limits.output_bytes * 64,
            log_lines: 100_000,
            log_bytes: 16 << 20,
            concurrency: 4,
            ..limits
        };
        let roomy = Runtime::new(roomy, kept::compiler(self.kept.as_deref()).ok()?).ok()?;
        let stock = self.stock.get().map(|_| STOCK);
        let plugins = self.plugins.iter().map(|plugin| &*plugin.component);
        for component in plugins.chain(stock) {
            roomy.check(component).ok()?;
        }
        Some(self.roomy.get_or_init(|| roomy))
    }
}
