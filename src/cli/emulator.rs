//! `landfall emulator`: the provider, locally.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use tracing::info;

use super::terminal::duration;
use super::{ConfigArgs, Exit, Failure, signals};
use crate::agent::Tools;
use crate::emulator::{Emulator, EmulatorOptions, Scenario, StateError};

/// The provider, locally: the same API, really rendered videos, real uploads
///
/// Serves the provider's task API at http://ADDR/v1, and over WebSockets at ws://ADDR/v1: checks every parameter of the
/// video agent, renders real videos, uploads them to uploadEndpoint by HTTP PUT, serves them at videoURL, and calls
/// webhookURL. What happened to every task is told at /_emulator/tasks, and shown with the videos at http://ADDR/, where
/// tasks can be submitted and faults switched.
///
/// What it does otherwise than usual, for which tasks and how often, is a scenario: --scenario FILE, PUT
/// /_emulator/scenario while it runs, or a marker in a prompt such as [[emulator: submit=reset]]. All switches are listed
/// at /_emulator/switches.
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
    /// Tasks that may wait to be rendered; a submission beyond them is refused with 429 and its taskUUID stays free
    #[arg(long, value_name = "N")]
    queue: Option<usize>,
    /// How long a task waits to be rendered before it fails with providerGatewayTimeout, like 30s; by default an hour
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    queue_wait: Option<Duration>,
    /// How long a task is known after it ended, like 10m; by default a day. Its taskUUID stays used
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    retention: Option<Duration>,
    /// Keep tasks in this file across a restart, also one by SIGKILL; without it they are forgotten at the end
    ///
    /// Their videos are kept beside it, in FILE.videos. What was under way is rendered and uploaded again. The file holds
    /// upload URLs, which are credentials: only its owner can read it. Start at the same address, or with the same
    /// --public-url, so that videoURL still leads here.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// A host from which pictures may be fetched although it has no public address, like minio or minio:9000; may be
    /// given several times
    #[arg(long, value_name = "HOST")]
    allow_image_host: Vec<String>,
    /// Refuse an inputs.avatar that is not listed at /_emulator/avatars; by default any name is a preset, because the
    /// vendor's own list is not public
    #[arg(long)]
    strict_avatars: bool,
    /// What the account holds, in USD, like 12.5. Every accepted video costs 0.033 per second and result; what the rest
    /// does not cover is refused as insufficientCredits
    #[arg(long, value_name = "USD", value_parser = micro_usd)]
    balance: Option<u64>,
    /// A scenario, in TOML or JSON: what the emulator does otherwise than usual, for which tasks, and how often
    #[arg(long, value_name = "FILE", env = "LANDFALL_EMULATOR_SCENARIO")]
    scenario: Option<PathBuf>,
    /// Use no ffmpeg and no espeak-ng, even where they are installed: drafts are without a voice, and the same everywhere
    #[arg(long)]
    built_in: bool,
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
        state_file: args.state,
        image_hosts: args.allow_image_host,
        strict_avatars: args.strict_avatars,
        tools: if args.built_in { Tools::NONE } else { Tools::find() },
        ..EmulatorOptions::default()
    };
    options.renders_at_once = args.renders.unwrap_or(options.renders_at_once);
    options.queue = args.queue.unwrap_or(options.queue);
    options.queue_wait = args.queue_wait.unwrap_or(options.queue_wait);
    options.retention = args.retention.unwrap_or(options.retention);
    if let Some(micro_usd) = args.balance {
        options.balance_micro_usd = micro_usd;
    }
    if let Some(path) = &args.scenario {
        options.scenario = scenario(path)?;
    }
    let (ffmpeg, espeak) = (options.tools.ffmpeg.is_some(), options.tools.espeak.is_some());
    if !(ffmpeg && espeak) {
        info!(
            ffmpeg,
            espeak, "drafts are made with less: without ffmpeg files are larger, without espeak-ng nobody speaks"
        );
    }
    let emulator = Emulator::start(args.listen, options).await.map_err(|why| failure(args.listen, &why))?;
    let page = format!("http://{}/", emulator.addr());
    info!(url = emulator.url(), tasks = format!("{page}_emulator/tasks"), page, "the emulator listens");
    stop.cancelled().await;
    emulator.stop().await;
    Ok(Exit::Done)
}

fn failure(listen: SocketAddr, why: &std::io::Error) -> Failure {
    match why.get_ref().and_then(|inner| inner.downcast_ref::<StateError>()) {
        Some(state) => Failure::of_config(state.to_string()),
        None => Failure::of_io(&format!("listening on {listen}"), why),
    }
}

/// Reads a scenario. What is wrong with it is as wrong as any other setting.
fn scenario(path: &Path) -> Result<Scenario, Failure> {
    let text = std::fs::read_to_string(path).map_err(|why| Failure::of_config(format!("{}: {why}", path.display())))?;
    Scenario::read(&text).map_err(|wrong| Failure::of_config(format!("{} is no scenario:\n{wrong}", path.display())))
}

/// Reads USD, `12`, `12.5` or `0.033`, as millionths. No binary fraction is in between: 0.1 is 100,000 of them.
fn micro_usd(text: &str) -> Result<u64, String> {
    const DECIMALS: usize = 6;
    const WRONG: &str = "write it like 12 or 12.5, with at most six decimals";
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(decimals) || decimals.len() > DECIMALS {
        return Err(WRONG.to_owned());
    }
    format!("{whole}{decimals:0<DECIMALS$}").parse().map_err(|_| "that is more than can be counted".to_owned())
}

#[cfg(test)]
mod tests {
    use super::micro_usd;

    #[test]
    fn money_is_read_to_the_millionth() {
        for (text, expected) in
            [("0", 0), ("12", 12_000_000), ("12.5", 12_500_000), ("0.000001", 1), ("1.10", 1_100_000)]
        {
            assert_eq!(micro_usd(text), Ok(expected), "{text}");
        }
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "0.0000001", "99999999999999999999", "1.5 ", "١"] {
            assert!(micro_usd(text).is_err(), "{text}");
        }
    }
}
