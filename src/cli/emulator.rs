//! `landfall emulator`: the provider, locally.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use tracing::info;

use super::{ConfigArgs, Exit, Failure, signals};
use crate::emulator::{Emulator, EmulatorOptions};

/// The provider, locally: the same API, really rendered videos, real uploads
///
/// Serves the provider's task API at http://ADDR/v1: checks every parameter of the video agent, renders real videos,
/// uploads them to uploadEndpoint by HTTP PUT, serves them at videoURL, and calls webhookURL. What happened to every
/// task is told at /_emulator/tasks.
#[derive(Debug, Args)]
pub(super) struct EmulatorArgs {
    /// Where to listen; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// The only key that is accepted; without it any key is
    #[arg(long, value_name = "KEY", env = "LANDFALL_EMULATOR_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
    /// Least time from acceptance to success, like 300s or 5m; without it a task takes as long as it renders
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    render_time: Option<Duration>,
    /// What videoURL starts with, when clients reach the emulator under another name
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Frames per second of the videos
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=60))]
    frame_rate: u32,
    /// Videos rendered at once; by default one per core
    #[arg(long, value_name = "N")]
    renders: Option<usize>,
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) async fn emulator(args: EmulatorArgs) -> Result<Exit, Failure> {
    args.config.load_and_log(&[])?;
    let stop = signals::stop_on_signal()?;
    let mut options = EmulatorOptions {
        api_key: args.api_key,
        render_time: args.render_time,
        frame_rate: args.frame_rate,
        public_url: args.public_url,
        ..EmulatorOptions::default()
    };
    if let Some(renders) = args.renders {
        options.renders_at_once = renders;
    }
    let emulator = Emulator::start(args.listen, options)
        .await
        .map_err(|why| Failure::of_io(&format!("listening on {}", args.listen), &why))?;
    info!(url = emulator.url(), tasks = format!("http://{}/_emulator/tasks", emulator.addr()), "the emulator listens");
    stop.cancelled().await;
    emulator.stop().await;
    Ok(Exit::Done)
}

/// Reads `90s`, `5m`, `1m 30s`, `PT5M`.
fn duration(text: &str) -> Result<Duration, String> {
    let parsed: jiff::SignedDuration = text.parse().map_err(|why| format!("{why}; write it like 90s or 5m"))?;
    Duration::try_from(parsed).map_err(|_| "must not be negative".to_owned())
}
