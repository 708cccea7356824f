//! HTTP: routes, what requests carry, what errors look like. Decides nothing itself.

mod connections;
mod error;
mod extract;
mod health;
mod manage;
mod record;
mod router;
mod scim;

use std::sync::Arc;
use std::time::Duration;

use rolecall_app::App;
use tokio::sync::watch;

pub(crate) use connections::serve;
pub(crate) use router::{openapi, router};

/// What handlers share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) app: Arc<App>,
    /// Turns true when the server stops: nobody starts to wait then.
    pub(crate) stop: watch::Receiver<bool>,
    /// How long a body may take to arrive.
    pub(crate) body_timeout: Duration,
}
