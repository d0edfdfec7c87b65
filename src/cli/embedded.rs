//! A whole world in this process: the emulator as the provider, and an S3 server over a directory.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use super::Failure;
use super::wiring::StoreKeys;
use crate::agent::Tools;
use crate::emulator::{Emulator, EmulatorOptions};
use crate::local::s3_server::S3Server;

/// Where videos land: `DIR/media/<key>`.
pub(super) const MEDIA_BUCKET: &str = "media";

/// Where ledger and staging stand, apart from the videos.
const OWN_BUCKET: &str = "landfall";

/// Emulator and S3 server, running.
pub(super) struct Embedded {
    emulator: Emulator,
    store: S3Server,
    api_key: String,
    keys: (String, String),
}

impl Embedded {
    /// Starts both on free ports of the loopback address, with credentials drawn for this process.
    pub(super) async fn start(directory: &Path) -> Result<Embedded, Failure> {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let secret = || uuid::Uuid::new_v4().simple().to_string();
        let (api_key, keys) = (secret(), (secret(), secret()));
        let root = directory.to_path_buf();
        tokio::fs::create_dir_all(&root).await.map_err(|why| Failure::of_io(&root.display().to_string(), &why))?;
        let started = |what: &str| {
            let what = what.to_owned();
            move |why: std::io::Error| Failure::of_io(&what, &why)
        };
        let store = S3Server::start(listen, root, &keys.0, &keys.1).await.map_err(started("starting the S3 server"))?;
        for bucket in [MEDIA_BUCKET, OWN_BUCKET] {
            store.create_bucket(bucket).await.map_err(started("making the buckets"))?;
        }
        let options = EmulatorOptions {
            api_key: Some(api_key.clone()),
            frame_rate: 24,
            tools: Tools::find(),
            ..EmulatorOptions::default()
        };
        let emulator = Emulator::start(listen, options).await.map_err(started("starting the emulator"))?;
        Ok(Embedded { emulator, store, api_key, keys })
    }

    /// Settings that point a worker here; file, environment and flags go over them.
    pub(super) fn presets(&self) -> Vec<(&'static str, String)> {
        vec![
            ("provider.url", self.emulator.url()),
            ("provider.api_key", self.api_key.clone()),
            ("s3.endpoint", self.store.url()),
            ("s3.region", "us-east-1".to_owned()),
            ("s3.path_style", "true".to_owned()),
            ("s3.bucket", MEDIA_BUCKET.to_owned()),
            ("s3.ledger_bucket", OWN_BUCKET.to_owned()),
            ("s3.staging_bucket", OWN_BUCKET.to_owned()),
            ("rescue.allow_hosts", self.emulator.addr().to_string()),
            ("rescue.allow_private", "true".to_owned()),
            ("poll.interval_ms_min", "200".to_owned()),
            ("poll.interval_ms_max", "400".to_owned()),
        ]
    }

    /// The store's credentials.
    pub(super) fn store_keys(&self) -> StoreKeys {
        Some(self.keys.clone())
    }

    /// A picture that the emulator serves, so that jobs with an image need no network.
    pub(super) fn portrait_url(&self) -> String {
        format!("http://{}/_emulator/assets/portrait.png", self.emulator.addr())
    }

    /// Stops both.
    pub(super) async fn stop(self) {
        self.emulator.stop().await;
        self.store.stop().await;
    }
}
