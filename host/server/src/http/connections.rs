//! Connections: bounded in number, and in the time that a client may take over the head of a request and over reading the
//! answer. Bodies are bounded where they are read, in [`extract`](super::extract).

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;

use crate::config::Patience;

/// Serves until `stop`; then requests in flight finish, and idle connections are closed.
pub(crate) async fn serve(
    mut listener: TcpListener,
    router: Router,
    patience: &Patience,
    stop: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(patience.head_timeout);
    let graceful = GracefulShutdown::new();
    let free = Arc::new(Semaphore::new(patience.max_connections as usize));
    let mut stop = pin!(stop);
    loop {
        // Those that find no place wait in the system's queue.
        let accepted = async {
            let place = free.clone().acquire_owned().await;
            (place, Listener::accept(&mut listener).await)
        };
        let (place, (stream, _)) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => accepted,
        };
        let service = TowerToHyperService::new(router.clone());
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(patience.answer_timeout));
        let connection = http.serve_connection(TokioIo::new(Box::pin(stream)), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}
