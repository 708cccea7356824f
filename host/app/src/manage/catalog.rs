//! The catalogue: read and replace.

use serde_json::json;

use crate::catalogue::Catalogue;
use crate::context::parse;
use crate::error::{Problem, problem};
use crate::manage::{Operator, event};
use crate::secret;

impl Operator {
    pub async fn catalog(&self) -> Result<Catalogue, Problem> {
        let text = self
            .environment
            .catalog()
            .await
            .map_err(problem("catalogue"))?;
        parse("catalogue", &text).map_err(problem("catalogue"))
    }

    /// Replaces the whole document; everybody is decided against the new one in the background.
    pub async fn put_catalog(&self, catalogue: Catalogue) -> Result<Catalogue, Problem> {
        catalogue.validate()?;
        let text = json!(catalogue).to_string();
        let data = json!({ "digest": secret::digest(&text), "catalogue": catalogue });
        let replaced = event("catalog.replaced", None, None, None, &data);
        let put = self.environment.put_catalog(&text, &[replaced]).await;
        put.map_err(problem("catalogue"))?;
        Ok(catalogue)
    }
}
