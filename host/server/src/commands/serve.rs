//! `rolecall serve`

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use rolecall_app::workers::{Retention, Workers};
use rolecall_app::{App, Compiling};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::config::{Patience, Serve};
use crate::http;
use crate::telemetry::Telemetry;

/// What requests in flight have to finish after the signal: one whose body never comes must not keep the server.
const GRACE: Duration = Duration::from_secs(10);

/// Long enough to be worth guessing at for nobody.
const SHORTEST_KEY: usize = 16;

pub(crate) async fn run(options: Serve, telemetry: &Telemetry) -> anyhow::Result<()> {
    if options
        .operator_key
        .as_ref()
        .is_some_and(|key| key.len() < SHORTEST_KEY)
    {
        bail!("the operator key is shorter than {SHORTEST_KEY} characters");
    }
    let store = options.database.open().await?;
    let listener = listen(&options.listen).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let public_url = options
        .public_url
        .as_deref()
        .filter(|url| !url.is_empty())
        .unwrap_or(&url)
        .trim_end_matches('/');
    let kept = Retention {
        rows: options.request_log_rows,
        age: options.request_log_age,
    };
    let compiling = Compiling {
        wait: options.load_wait,
        ..options.compile.into()
    };
    let app = App::new(store, public_url.to_owned(), kept, compiling).await?;
    if let Some(key) = app.bootstrap(options.operator_key).await? {
        // Not through the log: secrets never get there.
        eprintln!("operator key (shown only now): {}", key.reveal());
    }
    let stop = stop_signal()?;
    serve(app, listener, options.patience, telemetry, stop, async {
        tracing::info!(%url, "serving");
        println!("{}", serde_json::json!({ "ready": true, "url": url }));
        Ok(())
    })
    .await
}

pub(crate) async fn listen(address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address:?} (--listen HOST:PORT, such as 127.0.0.1:8080)")
    })
}

/// Serves until `stop`; then requests in flight finish, and what they wrote is sealed.
pub(crate) async fn serve(
    app: Arc<App>,
    listener: TcpListener,
    patience: Patience,
    telemetry: &Telemetry,
    stop: watch::Receiver<bool>,
    ready: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    // Before anybody counts anything.
    let metrics = telemetry.metrics()?;
    let workers = Workers::start(app.clone());
    let mut stopped = stop.clone();
    let mut overdue = stop.clone();
    let router = http::router(app, metrics, stop, patience.body_timeout);
    let mut server = tokio::spawn(async move {
        let stopped = async move {
            let _ = stopped.wait_for(|stop| *stop).await;
            tracing::info!("stopping: requests in flight finish");
        };
        http::serve(listener, router, &patience, stopped).await;
    });
    let ready = ready.await;
    if ready.is_ok() {
        let overdue = async {
            let _ = overdue.wait_for(|stop| *stop).await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            result = &mut server => result?,
            () = overdue => tracing::warn!("stopping without requests that don't come to an end"),
        }
    }
    workers.stop().await;
    ready
}

/// Turns true at the first SIGTERM or SIGINT.
pub(crate) fn stop_signal() -> anyhow::Result<watch::Receiver<bool>> {
    let (sender, receiver) = watch::channel(false);
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        let _ = sender.send(true);
    });
    Ok(receiver)
}
