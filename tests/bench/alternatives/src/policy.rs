//! The mapping as a Rego policy, compiled once.

use anyhow::Result;
use regorus::Engine as Regorus;
use serde_json::Value;

use super::Engine;

pub(super) struct Policy(Regorus);

impl Policy {
    pub(super) fn compile() -> Result<Self> {
        let mut engine = Regorus::new();
        engine.add_policy(
            "policy.rego".to_owned(),
            include_str!("policy.rego").to_owned(),
        )?;
        Ok(Self(engine))
    }
}

impl Engine for Policy {
    fn decide(&mut self, user: &str, groups: &str) -> Result<Value> {
        let input = format!(r#"{{"user":{user},"groups":{groups},"home":"northwind"}}"#);
        self.0.set_input_json(&input)?;
        let decision = self.0.eval_rule("data.mapping.decision".to_owned())?;
        Ok(serde_json::from_str(&decision.to_json_str()?)?)
    }
}
