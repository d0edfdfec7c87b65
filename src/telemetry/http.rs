//! The worker's HTTP server: health, metrics and pages share one address.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Serves `pages` until `stop` fires. Answers with the address once it listens.
pub async fn serve(listen: SocketAddr, pages: Router, stop: CancellationToken) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        // Who asks decides what the dashboard lets them do.
        let pages = pages.into_make_service_with_connect_info::<SocketAddr>();
        let served = axum::serve(listener, pages).with_graceful_shutdown(stop.cancelled_owned());
        if let Err(why) = served.await {
            tracing::error!(%why, "health and pages are no longer served");
        }
    });
    Ok(address)
}
