//! The JavaScript example in a QuickJS runtime that is made for one decision, and gone after it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use rquickjs::{CatchResultExt, Context, Ctx, Function, Module, Runtime};
use serde_json::Value;

use super::Engine;

/// Calls the three slots as the host would, and says what they answered as JSON.
const DRIVER: &str = r#"
import * as plugin from "plugin";
globalThis.decide = (user, groups) => {
  const input = { user: JSON.parse(user), groups: JSON.parse(groups), home: "northwind", settings: {}, extras: {} };
  const profile = plugin.profile(input);
  const placements = plugin.placements({ ...input, profile });
  const grants = plugin.grants({ ...input, profile, placements });
  return JSON.stringify({ profile, placements, grants });
};"#;

/// The sources: the SDK's helpers and the mapping.
pub(super) struct Script {
    sdk: String,
    plugin: String,
}

impl Script {
    pub(super) fn read(example: &Path) -> Result<Self> {
        let read = |path: &str| fs::read_to_string(example.join(path)).context(path.to_owned());
        Ok(Self {
            sdk: read("../../../plugins/sdk/js/index.js")?,
            plugin: read("src/plugin.js")?,
        })
    }

    fn load(&self, ctx: &Ctx<'_>) -> rquickjs::Result<()> {
        for (name, source) in [("rolecall-plugin-sdk", &self.sdk), ("plugin", &self.plugin)] {
            Module::declare(ctx.clone(), name, source.as_str())?;
        }
        Module::evaluate(ctx.clone(), "driver", DRIVER)?.finish::<()>()
    }
}

impl Engine for Script {
    fn decide(&mut self, user: &str, groups: &str) -> Result<Value> {
        let runtime = Runtime::new()?;
        let context = Context::full(&runtime)?;
        let answer: String = context.with(|ctx| {
            let decided = self.load(&ctx).and_then(|()| {
                ctx.globals()
                    .get::<_, Function<'_>>("decide")?
                    .call((user, groups))
            });
            decided.catch(&ctx).map_err(|error| anyhow!("{error}"))
        })?;
        Ok(serde_json::from_str(&answer)?)
    }
}
