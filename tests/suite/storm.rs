//! Redelivery storm: eight workers on the same message, which comes many times and goes round.

use std::time::Duration;

use landfall::job::event::EventType;
use tokio::time::{Instant, sleep};

use crate::support::dice::Dice;
use crate::support::memory_provider::{MemoryOptions, TaskScript};
use crate::support::mortal::{Death, Fate};
use crate::support::world::{Hand, World, job};

const WORKERS: usize = 8;

/// How often the producer sends the same message.
const COPIES: usize = 16;

/// A simulated storm lasts no longer than this by the world's clock.
const CALM_WITHIN: Duration = Duration::from_secs(24 * 3600);

/// A worker that dawdles and, while there are deaths left, dies at some call of its life.
fn worker(world: &World, dice: &mut Dice, deaths: &mut usize) -> Hand {
    let call = u32::try_from(dice.below(60)).expect("small");
    let death = match dice.below(3) {
        0 if *deaths > 0 => Death::Before(call),
        1 if *deaths > 0 => Death::After(call),
        _ => Death::Never,
    };
    *deaths = deaths.saturating_sub(usize::from(death != Death::Never));
    world.worker_with(Fate::dawdling(death, Dice::new(u64::try_from(dice.below(usize::MAX)).expect("fits"))))
}

/// Workers die and are replaced, connections are cut while work goes on, until nothing is left. Answers with how often
/// somebody died, and how often a connection was cut.
async fn storm(seed: u64) -> (usize, usize) {
    let mut dice = Dice::new(seed);
    let world = World::with(MemoryOptions::default(), &["events.landed=true"]);
    world.provider.script_next(TaskScript::SkipUpload);
    // Fewer than make the message guilty of them.
    let (mut deaths, mut cuts) = (4, 24);
    let mut hands: Vec<Hand> = (0..WORKERS).map(|_| worker(&world, &mut dice, &mut deaths)).collect();
    for _ in 0..COPIES {
        world.broker.put(job("storm", 2, 10), None);
    }

    let (mut died, mut cut) = (0, 0);
    let until = Instant::now() + CALM_WITHIN;
    while world.broker.depth() != (0, 0) {
        assert!(Instant::now() < until, "seed {seed}: no rest: {:?}", world.broker.depth());
        sleep(Duration::from_millis(u64::try_from(dice.below(10_000)).expect("small"))).await;
        let place = dice.below(WORKERS);
        if hands[place].fate.is_dead() {
            died += 1;
            let next = worker(&world, &mut dice, &mut deaths);
            std::mem::replace(&mut hands[place], next).bury();
        } else if cuts > 0 {
            cuts -= 1;
            cut += 1;
            hands[place].cut();
        }
    }
    for hand in hands {
        hand.terminate().await;
    }

    let mut evidence = world.evidence(1);
    // One that rescued the video once more, and died before it cleared up.
    evidence.strays = true;
    evidence.check();
    assert_eq!(evidence.count(EventType::Completed), 1, "seed {seed}");
    assert_eq!(evidence.purchases.len(), 2, "seed {seed}: {:?}", evidence.purchases);
    let announced = evidence.events.iter().filter(|event| event.event_type == EventType::Completed).count();
    assert!(announced >= COPIES, "seed {seed}: {announced} announcements of {COPIES} messages");
    (died, cut)
}

#[tokio::test(start_paused = true)]
async fn eight_workers_on_one_message_buy_each_result_once_whoever_dies_and_whatever_is_cut() {
    let (mut died, mut cut) = (0, 0);
    for seed in 0..100 {
        println!("seed {seed}");
        let (more_died, more_cut) = storm(seed).await;
        died += more_died;
        cut += more_cut;
    }
    println!("{died} deaths, {cut} cuts");
    assert!(died > 150 && cut > 1000, "a calm storm: {died} deaths, {cut} cuts");
}

/// Some two minutes when five of them are at work on the message at the same moment, who then watch one another.
mod slow {
    use std::time::Duration;

    use landfall::job::event::EventType;
    use serde_json::json;
    use tokio::time::sleep;

    use super::{COPIES, WORKERS};
    use crate::support::proxy::Proxy;
    use crate::support::stack::{Stack, small_job};

    /// Longer than they watch.
    const LONG_DRAIN: (&str, &str) = ("LANDFALL_WORKER__DRAIN_S", "90");

    #[tokio::test]
    async fn eight_worker_processes_on_one_message_buy_each_result_once_while_their_connections_are_cut() {
        const CUTS: usize = 3 * WORKERS;
        let Some(mut stack) = Stack::start(&["--render-time", "4s"]).await else { return };
        let url = url::Url::parse(&stack.amqp_url).expect("a URL");
        let broker = format!("{}:{}", url.host_str().expect("a host"), url.port().unwrap_or(5672));
        let (mut hops, mut workers) = (Vec::new(), Vec::new());
        for _ in 0..WORKERS {
            let hop = Proxy::before(&broker).await;
            let by_way = hop.by_way(&stack.amqp_url);
            workers.push(stack.start_worker(&[("LANDFALL_AMQP__URL", &by_way), LONG_DRAIN]).await);
            hops.push(hop);
        }
        for worker in &workers {
            worker.ready_with(200).await;
        }
        for _ in 0..COPIES {
            stack.put(small_job("storm", json!({ "numberResults": 2 }))).await;
        }
        stack.until_accepted(2).await;
        // What a cut gives back goes to another worker, while the one that had it goes on.
        for cut in 0..CUTS {
            hops[cut % WORKERS].cut();
            sleep(Duration::from_millis(250)).await;
        }
        stack.rest(workers, 1, &[]).await;

        let (evidence, tasks) = stack.check(Vec::new(), 1, Duration::from_secs(60)).await;
        assert_eq!(tasks.iter().map(|task| task.accepted).collect::<Vec<_>>(), [1, 1]);
        let announced = evidence.events.iter().filter(|event| event.event_type == EventType::Completed).count();
        let submitted: u32 = tasks.iter().map(|task| task.submitted).sum();
        println!("{COPIES} messages: {announced} announcements of one event; {submitted} submissions, 2 purchases");
        assert!(announced >= COPIES, "{announced} announcements of {COPIES} messages");
    }
}
