//! What a run created goes again, however the run ends.

use serde_json::Value;

use super::{Session, encode};
use crate::answer::Answer;
use crate::http::Request;

impl Session {
    /// Whatever a POST brought about, expected or not, is ours to delete.
    pub(super) fn note_created(&self, request: &Request, answer: &Answer) {
        if request.method != "POST" || !answer.ok() {
            return;
        }
        let Ok(body) = answer.json() else { return };
        let mut made = self.made.borrow_mut();
        match request.path.split('?').next() {
            Some(endpoint @ ("/Users" | "/Groups")) => {
                made.extend(
                    body["id"]
                        .as_str()
                        .map(|id| format!("{endpoint}/{}", encode(id))),
                );
            }
            Some("/Bulk") => {
                let operations = body["Operations"].as_array().into_iter().flatten();
                let posts = operations.filter(|operation| operation["method"] == "POST");
                made.extend(posts.filter_map(|it| self.below_base(it["location"].as_str()?)));
            }
            _ => {}
        }
    }

    /// What a check created from now on outlives the check.
    pub(super) fn keep(&self) {
        self.kept.borrow_mut().append(&mut self.made.borrow_mut());
    }

    /// Deletes what the check created.
    pub(crate) async fn clean_up_check(&self) {
        let left = self.delete_all(self.made.take()).await;
        // Another try at the end.
        self.kept.borrow_mut().extend(left);
        self.exchanges.take();
    }

    /// Deletes everything that is left, and looks for what an answer didn't tell of; the paths of what can't be deleted.
    pub(crate) async fn clean_up(&self) -> Vec<String> {
        self.clean_up_check().await;
        let mut left = self.delete_all(self.kept.take()).await;
        for (endpoint, name) in [("/Groups", "displayName"), ("/Users", "userName")] {
            let filter = format!("{name} sw \"{}\"", self.run);
            let found = self.find(endpoint, &filter).await.unwrap_or_default();
            // A server that ignores the filter returns what isn't ours.
            let ours = found.iter().filter(|it| self.is_ours(&it[name]));
            let paths =
                ours.filter_map(|it| Some(format!("{endpoint}/{}", encode(it["id"].as_str()?))));
            left.extend(self.delete_all(paths.collect()).await);
        }
        left.sort();
        left.dedup();
        left
    }

    fn is_ours(&self, name: &Value) -> bool {
        name.as_str()
            .is_some_and(|name| name.to_lowercase().starts_with(&self.run))
    }

    /// The last first: groups go before their members. What is gone already is gone.
    async fn delete_all(&self, paths: Vec<String>) -> Vec<String> {
        let mut left = Vec::new();
        for path in paths.into_iter().rev() {
            let gone = self
                .delete(&path)
                .await
                .is_ok_and(|it| it.ok() || it.status == 404);
            if !gone {
                left.push(path);
            }
        }
        left
    }

    fn below_base(&self, location: &str) -> Option<String> {
        let path = location.strip_prefix(&self.base).unwrap_or(location);
        // Behind a proxy the server may know its base URL by another name.
        let place = path.rfind("/Users/").or_else(|| path.rfind("/Groups/"))?;
        Some(path[place..].to_owned())
    }
}
