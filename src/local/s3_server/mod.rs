//! An S3 server in this process, over a directory.
//!
//! The embedded default must prove the same things a real store proves: that a presigned URL opens exactly one key for
//! a while, that of many conditional creators one wins, that a copy is of what was probed. So requests come over a real
//! socket and signatures are really checked (by `s3s`), and objects are plain files: `root/BUCKET/KEY` is what the user
//! opens in a player. What S3 knows beyond the bytes lives beside them, under `root/.s3`.
//!
//! What is absent on purpose: versions, lifecycle, ACLs and encryption answer `NotImplemented`; nothing is fsynced, so
//! a power cut may lose the last writes, but a killed process never leaves half an object.

mod api;
mod attributes;
mod body;
mod conditions;
mod copies;
mod front;
mod layout;
mod listing;
mod multipart;
mod objects;
mod store;
#[cfg(test)]
mod tests;
mod uploads;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use api::Api;
use store::Store;

/// A running server. Dropping it stops it without waiting for requests in progress; [`S3Server::stop`] waits.
pub struct S3Server {
    addr: SocketAddr,
    store: Arc<Store>,
    tasks: TaskTracker,
    stop: DropGuard,
}

impl S3Server {
    /// Serves the buckets under `root` (made if absent) on `listen`; port 0 takes a free one.
    ///
    /// There is one pair of keys, and it may do everything. Any region name is accepted in a signature.
    ///
    /// # Errors
    /// When `root` cannot be made or read, or `listen` cannot be bound.
    pub async fn start(listen: SocketAddr, root: PathBuf, access_key: &str, secret_key: &str) -> io::Result<S3Server> {
        let store = tokio::task::spawn_blocking(move || Store::open(root)).await??;
        let store = Arc::new(store);
        let mut builder = S3ServiceBuilder::new(Api::new(Arc::clone(&store)));
        builder.set_auth(SimpleAuth::from_single(access_key, secret_key));
        let service = builder.build();

        let listener = TcpListener::bind(listen).await?;
        let addr = listener.local_addr()?;
        let tasks = TaskTracker::new();
        let stop = CancellationToken::new();
        tasks.spawn(front::accept(listener, service, tasks.clone(), stop.clone()));
        Ok(S3Server { addr, store, tasks, stop: stop.drop_guard() })
    }

    /// The endpoint for path-style clients, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The address that was really bound.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Makes a bucket; one that is already there is left as it is.
    ///
    /// # Errors
    /// When the name breaks S3's rules for bucket names, or the directory cannot be made.
    pub async fn create_bucket(&self, name: &str) -> io::Result<()> {
        let name = name.to_owned();
        let made = self.store.run(move |store| store.create_bucket(&name)).await;
        made.map(|_new| ()).map_err(io::Error::other)
    }

    /// Takes no more requests, lets those in progress end (for a few seconds at most) and returns when all have.
    pub async fn stop(self) {
        drop(self.stop);
        self.tasks.close();
        self.tasks.wait().await;
    }
}
