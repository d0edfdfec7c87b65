#![expect(clippy::unwrap_used, reason = "tests")]
use proptest::prelude::*;

use super::*;

fn rules() -> OrderRules {
    OrderRules {
        models: vec![request::VIDEO_AGENT.to_owned(), "other:model@1".to_owned()],
        buckets: vec!["archive".to_owned()],
        default_bucket: "media".to_owned(),
        default_key: KeyTemplate::parse("{jobId}/{index}.{ext}").unwrap(),
        reserved: vec![ObjectRef { bucket: "media".to_owned(), key: ObjectKey::parse("landfall/ledger").unwrap() }],
        urls: Guard::public(false),
    }
}

fn bare() -> Value {
    json!({
        "taskType": "videoInference",
        "taskUUID": "0b5f8a64-5f0e-4b0c-9a51-0a6f6e0f9c11",
        "model": "heygen:video-agent@0",
        "positivePrompt": "A potter shows how a bowl is thrown.",
    })
}

fn envelope() -> Value {
    let mut request = bare();
    request.as_object_mut().unwrap().remove("taskUUID");
    json!({ "jobId": "bowl-1", "request": request })
}

fn with(mut job: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    job.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.to_owned(), value);
    job
}

fn parse(job: &Value) -> Result<Order, Refused> {
    Order::parse(job.to_string().as_bytes(), &rules())
}

/// The fields that a job's problems are about.
fn blamed(job: &Value) -> Vec<String> {
    parse(job).unwrap_err().problems.into_iter().map(|problem| problem.field).collect()
}

#[test]
fn a_bare_task_is_its_own_job() {
    let order = parse(&bare()).unwrap();
    assert_eq!(order.job_id.as_str(), "0b5f8a64-5f0e-4b0c-9a51-0a6f6e0f9c11");
    assert_eq!(order.task_uuid.unwrap().to_string(), order.job_id.as_str());
    assert_eq!((order.request.results, order.request.format), (1, request::OutputFormat::Mp4));
    assert_eq!(order.destination.bucket, "media");
}

#[test]
fn every_documented_parameter_is_accepted_within_its_bounds() {
    let cases = [
        ("/outputType", json!("URL")),
        ("/outputFormat", json!("MOV")),
        ("/outputQuality", json!(20)),
        ("/outputQuality", json!(99)),
        ("/webhookURL", json!("https://hooks.example/landed?token=1")),
        ("/deliveryMethod", json!("async")),
        ("/safety", json!({ "checkContent": true, "mode": "full" })),
        ("/ttl", json!(60)),
        ("/includeCost", json!(true)),
        ("/numberResults", json!(4)),
        ("/duration", json!(5)),
        ("/duration", json!(300)),
        ("/inputs", json!({ "avatar": "Some_Avatar_public" })),
        ("/inputs", json!({ "image": "https://pictures.example/face.png" })),
        ("/routing", json!({})),
        ("/positivePrompt", json!("é".repeat(10_000))),
    ];
    for (pointer, value) in cases {
        let job = with(bare(), pointer, value.clone());
        assert!(parse(&job).is_ok(), "{pointer} {value}: {:?}", parse(&job));
    }
    assert!(parse(&with(with(bare(), "/width", json!(1280)), "/height", json!(720))).is_ok());
}

#[test]
fn every_parameter_out_of_bounds_is_blamed_by_name() {
    let cases = [
        ("/taskType", json!("imageInference"), "taskType"),
        ("/taskUUID", json!("7d444840-9dc0-11d1-b245-5ffdce74fad2"), "taskUUID"),
        ("/taskUUID", json!(7), "taskUUID"),
        ("/outputType", json!("base64Data"), "outputType"),
        ("/outputFormat", json!("mp4"), "outputFormat"),
        ("/outputQuality", json!(19), "outputQuality"),
        ("/outputQuality", json!(100), "outputQuality"),
        ("/outputQuality", json!(95.5), "outputQuality"),
        ("/webhookURL", json!("ftp://hooks.example"), "webhookURL"),
        ("/webhookURL", json!("/relative"), "webhookURL"),
        ("/deliveryMethod", json!("sync"), "deliveryMethod"),
        ("/uploadEndpoint", json!("https://mine.example/put"), "uploadEndpoint"),
        ("/safety", json!({ "mode": "slow" }), "safety.mode"),
        ("/safety", json!({ "checkContent": "yes" }), "safety.checkContent"),
        ("/safety", json!({ "level": 1 }), "safety.level"),
        ("/safety", json!(true), "safety"),
        ("/ttl", json!(59), "ttl"),
        ("/includeCost", json!(1), "includeCost"),
        ("/numberResults", json!(0), "numberResults"),
        ("/numberResults", json!(5), "numberResults"),
        ("/model", json!("someone:else@1"), "model"),
        ("/positivePrompt", json!(""), "positivePrompt"),
        ("/positivePrompt", json!("x".repeat(10_001)), "positivePrompt"),
        ("/positivePrompt", json!(["x"]), "positivePrompt"),
        ("/width", json!(1280), "height"),
        ("/height", json!(720), "width"),
        ("/duration", json!(4), "duration"),
        ("/duration", json!(30.5), "duration"),
        ("/duration", json!(301), "duration"),
        ("/duration", json!("30"), "duration"),
        ("/inputs", json!({ "avatar": "" }), "inputs.avatar"),
        ("/inputs", json!({ "image": "not a url" }), "inputs.image"),
        ("/inputs", json!({ "avatar": "a", "image": "https://p.example/x.png" }), "inputs.image"),
        ("/inputs", json!({ "voice": "a" }), "inputs.voice"),
        ("/seed", json!(7), "seed"),
        ("/negativePrompt", json!("x"), "negativePrompt"),
        ("/fps", json!(24), "fps"),
        ("/jobId", json!("also"), "jobId"),
    ];
    for (pointer, value, field) in cases {
        assert_eq!(blamed(&with(bare(), pointer, value.clone())), [field], "{pointer} {value}");
    }
    for required in ["taskUUID", "model", "positivePrompt"] {
        let mut job = bare();
        job.as_object_mut().unwrap().remove(required);
        assert_eq!(blamed(&job), [required]);
    }
}

#[test]
fn an_envelope_says_where_when_and_for_whom() {
    let mut job = with(envelope(), "/deadline", json!("PT20M"));
    job = with(job, "/tenant", json!("acme"));
    job = with(job, "/maxCostUsd", json!(2.5));
    job = with(job, "/context", json!({ "order": 7 }));
    job = with(
        job,
        "/destination",
        json!({
            "bucket": "archive",
            "key": "{tenant}/{date}/{jobId}.{ext}",
            "metadata": { "campaign": "spring" },
            "tags": { "team": "film/eu" },
            "cacheControl": "max-age=60",
            "overwrite": true,
        }),
    );
    let order = parse(&job).unwrap();
    assert_eq!(order.deadline, Some(Deadline::After(Duration::from_secs(1200))));
    assert_eq!(order.destination.bucket, "archive");
    assert_eq!(order.destination.metadata["campaign"], "spring");
    assert!(order.destination.overwrite);
    assert_eq!(order.task_uuid, None);
}

#[test]
fn every_field_of_an_envelope_is_checked() {
    let cases = [
        ("/jobId", json!("../x"), "jobId"),
        ("/jobId", json!(7), "jobId"),
        ("/tenant", json!("a b"), "tenant"),
        ("/deadline", json!("tomorrow"), "deadline"),
        ("/deadline", json!("P1M"), "deadline"),
        ("/deadline", json!("-PT1M"), "deadline"),
        ("/maxCostUsd", json!(-1), "maxCostUsd"),
        ("/context", json!("x".repeat(5000)), "context"),
        ("/extra", json!(1), "extra"),
        ("/request", json!("x"), "request"),
        ("/request/taskUUID", json!("0b5f8a64-5f0e-4b0c-9a51-0a6f6e0f9c11"), "request.taskUUID"),
        ("/request/deliveryMethod", json!("async"), "request.deliveryMethod"),
        ("/request/uploadEndpoint", json!("https://x.example"), "request.uploadEndpoint"),
        ("/request/fps", json!(24), "request.fps"),
        ("/destination", json!({ "bucket": "secret" }), "destination.bucket"),
        ("/destination", json!({ "key": "../{jobId}" }), "destination.key"),
        ("/destination", json!({ "key": "{tenant}/{jobId}" }), "destination.key"),
        ("/destination", json!({ "key": "{nope}" }), "destination.key"),
        ("/destination", json!({ "key": "landfall/ledger/ab/other.json" }), "destination.key"),
        ("/destination", json!({ "metadata": { "a": "b\r\nx-amz-acl: public-read" } }), "destination.metadata.a"),
        (
            "/destination",
            json!({ "metadata": { "landfall-job-id": "forged" } }),
            "destination.metadata.landfall-job-id",
        ),
        ("/destination", json!({ "metadata": { "A": "b" } }), "destination.metadata.A"),
        ("/destination", json!({ "metadata": { "a": "b".repeat(3000) } }), "destination.metadata"),
        ("/destination", json!({ "tags": { "a": "b&c=d" } }), "destination.tags.a"),
        ("/destination", json!({ "cacheControl": "a\r\nb" }), "destination.cacheControl"),
        ("/destination", json!({ "public": true }), "destination.public"),
    ];
    for (pointer, value, field) in cases {
        assert_eq!(blamed(&with(envelope(), pointer, value.clone())), [field], "{pointer} {value}");
    }
}

#[test]
fn several_results_need_keys_that_differ() {
    let job = with(envelope(), "/request/numberResults", json!(3));
    assert!(parse(&job).is_ok());
    assert_eq!(blamed(&with(job, "/destination", json!({ "key": "{jobId}.{ext}" }))), ["destination.key"]);
}

#[test]
fn what_only_looks_like_the_workers_own_may_be_written_to() {
    for destination in
        [json!({ "bucket": "archive", "key": "landfall/ledger/{jobId}" }), json!({ "key": "landfall/ledgers/{jobId}" })]
    {
        assert!(parse(&with(envelope(), "/destination", destination)).is_ok());
    }
}

#[test]
fn a_bare_task_is_refused_where_its_key_cannot_be_made() {
    let rules = OrderRules { default_key: KeyTemplate::parse("{tenant}/{jobId}/{index}").unwrap(), ..rules() };
    let refused = Order::parse(bare().to_string().as_bytes(), &rules).unwrap_err();
    assert_eq!(refused.problems[0].field, "destination.key");
    assert!(refused.problems[0].problem.contains("names no tenant"), "{:?}", refused.problems);
}

#[test]
fn all_problems_are_reported_together() {
    let mut job = with(envelope(), "/request/width", json!(1));
    job = with(job, "/request/ttl", json!(1));
    job = with(job, "/tenant", json!(""));
    job = with(job, "/what", json!(""));
    let mut fields = blamed(&job);
    fields.sort();
    assert_eq!(fields, ["request.height", "request.ttl", "tenant", "what"]);
}

#[test]
fn another_allowed_model_passes_its_own_parameters_through() {
    let mut job = with(bare(), "/model", json!("other:model@1"));
    job = with(job, "/settings", json!({ "audio": true }));
    job = with(job, "/seed", json!(7));
    let order = parse(&job).unwrap();
    assert_eq!(order.request.fields["settings"], json!({ "audio": true }));
    assert_eq!(blamed(&with(job, "/outputQuality", json!(5))), ["outputQuality"]);
}

#[test]
fn the_fingerprint_follows_what_is_bought_and_where_it_lands() {
    let order = parse(&envelope()).unwrap();
    let with_other_deadline = parse(&with(envelope(), "/deadline", json!("PT1H"))).unwrap();
    let with_other_prompt = parse(&with(envelope(), "/request/positivePrompt", json!("Another."))).unwrap();
    let with_other_key = parse(&with(envelope(), "/destination", json!({ "key": "x/{jobId}" }))).unwrap();
    assert_eq!(order.fingerprint, with_other_deadline.fingerprint);
    assert_ne!(order.fingerprint, with_other_prompt.fingerprint);
    assert_ne!(order.fingerprint, with_other_key.fingerprint);
}

#[test]
fn the_fingerprint_does_not_follow_the_settings() {
    let moved = OrderRules {
        default_bucket: "elsewhere".to_owned(),
        default_key: KeyTemplate::parse("films/{jobId}/{index}").unwrap(),
        ..rules()
    };
    for job in [bare(), envelope()] {
        let order = Order::parse(job.to_string().as_bytes(), &moved).unwrap();
        assert_eq!(order.fingerprint, parse(&job).unwrap().fingerprint);
    }
}

#[test]
fn what_is_no_job_at_all_is_refused_in_words() {
    for (message, word) in [
        (b"".to_vec(), "must be JSON"),
        (b"\xff\xfe".to_vec(), "must be JSON"),
        (b"[]".to_vec(), "must be a JSON object, is an array"),
        (b"7".to_vec(), "is a number"),
        (vec![b'['; 100_000], "must be JSON"),
        (vec![b' '; MESSAGE_MAX_BYTES + 1], "at most 262144 bytes"),
    ] {
        let refused = Order::parse(&message, &rules()).unwrap_err();
        assert!(refused.problems[0].problem.contains(word), "{:?}", refused.problems);
    }
}

#[test]
fn a_thousand_unknown_fields_make_a_bounded_report() {
    let mut job = envelope();
    for at in 0..1000 {
        job = with(job, &format!("/unknown{at}"), json!(1));
    }
    assert_eq!(blamed(&job).len(), super::super::fields::PROBLEMS_MAX);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(message in proptest::collection::vec(any::<u8>(), 0..512)) {
        let _ = Order::parse(&message, &rules());
    }

    #[test]
    fn no_damaged_job_makes_it_panic(at in 0_usize..400, byte in any::<u8>(), enveloped in any::<bool>()) {
        let mut message = if enveloped { envelope() } else { bare() }.to_string().into_bytes();
        let len = message.len();
        message[at % len] = byte;
        let _ = Order::parse(&message, &rules());
    }
}

#[test]
fn no_url_of_a_job_leads_the_provider_into_a_private_network() {
    let private = [
        "http://hooks.example/x",
        "https://localhost/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/x",
        "https://0x7f.1/x",
        "https://2130706433/x",
        "https://vault.internal./x",
        "https://user:pw@hooks.example/x",
        "file:///etc/passwd",
        "gopher://hooks.example/x",
        "https://hooks.example\\@10.0.0.1/x",
        "https://hooks.example/\r\nx: y",
        " https://hooks.example/x",
    ];
    for url in private {
        assert_eq!(blamed(&with(bare(), "/webhookURL", json!(url))), ["webhookURL"], "{url}");
        assert_eq!(blamed(&with(bare(), "/inputs", json!({ "image": url }))), ["inputs.image"], "{url}");
        let other = with(bare(), "/model", json!("other:model@1"));
        assert_eq!(blamed(&with(other, "/inputs", json!({ "frames": [{ "seed": url }] }))), ["inputs"], "{url}");
    }
    let job = with(bare(), "/webhookURL", json!("https://10.0.0.1/hook?token=secret"));
    let problem = parse(&job).unwrap_err().problems[0].to_string();
    assert!(problem.contains("10.0.0.1 has no public address") && !problem.contains("secret"), "{problem}");
}

#[test]
fn an_operator_says_which_hosts_the_urls_of_jobs_may_name() {
    let listed = |hosts: &[&str]| {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        OrderRules { urls: Guard::listed("provider.job_url_hosts", &hosts, false).unwrap(), ..rules() }
    };
    let job = with(bare(), "/webhookURL", json!("https://hooks.example/x")).to_string();
    assert!(Order::parse(job.as_bytes(), &listed(&["hooks.example"])).is_ok());
    let refused = Order::parse(job.as_bytes(), &listed(&["other.example"])).unwrap_err();
    assert!(refused.problems[0].problem.contains("provider.job_url_hosts"), "{:?}", refused.problems);
    let local = OrderRules { urls: Guard::public(true), ..rules() };
    let job = with(bare(), "/webhookURL", json!("http://127.0.0.1:8090/x")).to_string();
    assert!(Order::parse(job.as_bytes(), &local).is_ok());
}

#[test]
fn a_message_is_nested_no_deeper_than_what_is_read_back_of_it() {
    let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    assert!(parse(&with(envelope(), "/context", nested(NESTING_MAX - 1))).is_ok());
    assert_eq!(blamed(&with(envelope(), "/context", nested(NESTING_MAX))), [""]);
    let bomb = "[".repeat(MESSAGE_MAX_BYTES);
    let refused = Order::parse(bomb.as_bytes(), &rules()).unwrap_err();
    assert!(refused.problems[0].problem.contains("recursion limit"), "{:?}", refused.problems);
}

#[test]
fn nothing_that_a_message_names_forges_a_line_or_a_header() {
    let name = "a\r\nx-amz-acl: public-read\u{1b}[2J\u{202e}";
    let long = "x".repeat(10_000);
    let job = with(envelope(), "/destination", json!({ "metadata": {}, "tags": {} }));
    for (pointer, name) in [("/destination/metadata", name), ("/destination/tags", name), ("/request", name)] {
        for value in [json!("x"), json!(7)] {
            let mut job = job.clone();
            job.pointer_mut(pointer)
                .unwrap()
                .as_object_mut()
                .unwrap()
                .extend([(name.to_owned(), value.clone()), (long.clone(), value)]);
            let problems = parse(&job).unwrap_err().problems;
            assert!(problems.len() >= 2, "{problems:?}");
            for problem in problems {
                let text = problem.to_string();
                assert!(!text.contains(['\r', '\n', '\u{1b}', '\u{202e}']), "{text:?}");
                assert!(text.chars().count() < 400, "{text}");
            }
        }
    }
    let values = json!({ "metadata": { "a": "x\r\ny: z", "b": "é" }, "cacheControl": "no-cache\nx: y" });
    let fields = blamed(&with(envelope(), "/destination", values));
    assert_eq!(fields, ["destination.metadata.a", "destination.metadata.b", "destination.cacheControl"]);
}
