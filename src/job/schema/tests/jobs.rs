use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

fn rules() -> OrderRules {
    OrderRules {
        models: vec![VIDEO_AGENT.to_owned(), "other:model@1".to_owned()],
        buckets: vec!["archive".to_owned()],
        default_bucket: "media".to_owned(),
        default_key: KeyTemplate::parse("{jobId}/{index}.{ext}").unwrap(),
        reserved: Vec::new(),
        urls: crate::job::guard::Guard::public(false),
    }
}

fn bare() -> Value {
    json!({
        "taskType": "videoInference",
        "taskUUID": "0b5f8a64-5f0e-4b0c-9a51-0a6f6e0f9c11",
        "model": VIDEO_AGENT,
        "positivePrompt": "A clockmaker explains an escapement.",
    })
}

fn envelope() -> Value {
    let mut request = bare();
    request.as_object_mut().unwrap().remove("taskUUID");
    json!({ "jobId": "clock-1", "tenant": "acme", "request": request, "destination": {} })
}

/// `job` with each pointer set to its value, or removed where that is null.
fn with(mut job: Value, changes: &[(&str, Value)]) -> Value {
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = job.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Value::Null => parent.remove(name),
            value => parent.insert(name.to_owned(), value.clone()),
        };
    }
    job
}

fn both(job: &Value, schema: &Validator) -> (bool, bool) {
    (Order::parse(job.to_string().as_bytes(), &rules()).is_ok(), schema.is_valid(job))
}

#[test]
fn schema_and_check_agree_on_good_jobs() {
    let schema = validator(JOB_FILE);
    let tags: Map<String, Value> = (0..10).map(|at| (format!("tag {at}"), json!("film/eu = ünïcode"))).collect();
    let bare_changes: &[&[(&str, Value)]] = &[
        &[],
        &[("/taskUUID", json!("0B5F8A64-5F0E-4B0C-9A51-0A6F6E0F9C11"))],
        &[("/outputType", json!("URL")), ("/deliveryMethod", json!("async")), ("/includeCost", json!(true))],
        &[("/outputFormat", json!("WEBM")), ("/outputQuality", json!(20)), ("/ttl", json!(60))],
        &[("/outputFormat", json!("MOV")), ("/outputQuality", json!(99)), ("/numberResults", json!(4))],
        &[("/webhookURL", json!("https://hooks.example/landed?token=1"))],
        &[("/safety", json!({ "checkContent": true, "mode": "full" }))],
        &[("/width", json!(1280)), ("/height", json!(720)), ("/duration", json!(300))],
        &[("/inputs", json!({ "avatar": "Some_Avatar_public" }))],
        &[("/inputs", json!({ "image": "https://pictures.example/face.png" }))],
        &[("/inputs", json!({})), ("/routing", json!({ "any": [1] }))],
        &[("/positivePrompt", json!("é".repeat(10_000)))],
        &[("/model", json!("other:model@1")), ("/fps", json!(24)), ("/positivePrompt", Value::Null)],
        &[("/model", json!("other:model@1")), ("/numberResults", json!(20)), ("/duration", json!("long"))],
    ];
    let envelope_changes: &[&[(&str, Value)]] = &[
        &[],
        &[("/tenant", Value::Null), ("/destination", Value::Null)],
        &[("/jobId", json!("x".repeat(128))), ("/context", json!({ "deep": [null, 1.5] }))],
        &[("/deadline", json!("2031-01-31T12:00:00Z")), ("/maxCostUsd", json!(0))],
        &[("/deadline", json!("2031-01-31T12:00:00.25+02:00")), ("/maxCostUsd", json!(2.5))],
        &[("/deadline", json!("PT30M"))],
        &[("/deadline", json!("P1DT2H0.5S"))],
        &[("/deadline", json!("P2W"))],
        &[("/request/numberResults", json!(3))],
        &[("/request/numberResults", json!(3)), ("/destination/key", json!("a/{jobId}/{index}.{ext}"))],
        &[("/destination/key", json!("films/{tenant}/{date}/..{jobId}.{ext}"))],
        &[("/destination/bucket", json!("archive")), ("/destination/overwrite", json!(true))],
        &[("/destination/metadata", json!({ "campaign-1": "spring, or so", "empty": "" }))],
        &[("/destination/tags", Value::Object(tags))],
        &[("/destination/cacheControl", json!("public, max-age=60"))],
        &[("/request/model", json!("other:model@1")), ("/request/anything", json!(1))],
    ];
    let jobs = bare_changes.iter().map(|changes| with(bare(), changes));
    for job in jobs.chain(envelope_changes.iter().map(|changes| with(envelope(), changes))) {
        assert_eq!(both(&job, &schema), (true, true), "{job:#} {:?}", errors(&schema, &job));
    }
}

#[test]
fn schema_and_check_agree_on_bad_jobs() {
    let schema = validator(JOB_FILE);
    let many_tags: Map<String, Value> = (0..11).map(|at| (format!("t{at}"), json!(""))).collect();
    let bare_changes = [
        ("/taskType", json!("imageInference")),
        ("/taskUUID", Value::Null),
        ("/taskUUID", json!("7d444840-9dc0-11d1-b245-5ffdce74fad2")),
        ("/taskUUID", json!("0b5f8a645f0e4b0c9a510a6f6e0f9c11")),
        ("/model", Value::Null),
        ("/model", json!(7)),
        ("/positivePrompt", Value::Null),
        ("/positivePrompt", json!("")),
        ("/positivePrompt", json!("x".repeat(10_001))),
        ("/outputType", json!("base64Data")),
        ("/outputFormat", json!("mp4")),
        ("/outputQuality", json!(19)),
        ("/outputQuality", json!(100)),
        ("/outputQuality", json!(95.5)),
        ("/webhookURL", json!("ftp://hooks.example")),
        ("/webhookURL", json!("/relative")),
        ("/webhookURL", json!(format!("https://hooks.example/{}", "x".repeat(2048)))),
        ("/deliveryMethod", json!("sync")),
        ("/uploadEndpoint", json!("https://mine.example/put")),
        ("/safety", json!({ "mode": "slow" })),
        ("/safety", json!({ "level": 1 })),
        ("/safety", json!({ "checkContent": "yes" })),
        ("/ttl", json!(59)),
        ("/includeCost", json!(1)),
        ("/numberResults", json!(0)),
        ("/numberResults", json!(5)),
        ("/width", json!(1280)),
        ("/height", json!(720)),
        ("/duration", json!(4)),
        ("/duration", json!(301)),
        ("/duration", json!(30.5)),
        ("/duration", json!("30")),
        ("/inputs", json!({ "avatar": "" })),
        ("/inputs", json!({ "avatar": "a\u{7}" })),
        ("/inputs", json!({ "avatar": "a", "image": "https://p.example/x.png" })),
        ("/inputs", json!({ "image": "not a url" })),
        ("/inputs", json!({ "voice": "a" })),
        ("/routing", json!("fast")),
        ("/seed", json!(7)),
        ("/jobId", json!("also")),
    ];
    let envelope_changes = [
        ("/jobId", Value::Null),
        ("/jobId", json!("")),
        ("/jobId", json!(".hidden")),
        ("/jobId", json!("a/b")),
        ("/jobId", json!("a\n")),
        ("/jobId", json!("x".repeat(129))),
        ("/tenant", json!("a b")),
        ("/tenant", json!("x".repeat(65))),
        ("/request", Value::Null),
        ("/request", json!([])),
        ("/request/taskType", Value::Null),
        ("/request/taskUUID", json!("0b5f8a64-5f0e-4b0c-9a51-0a6f6e0f9c11")),
        ("/request/deliveryMethod", json!("async")),
        ("/request/uploadEndpoint", json!("https://mine.example/put")),
        ("/request/numberResults", json!(5)),
        ("/deadline", json!("soon")),
        ("/deadline", json!("PT0S")),
        ("/deadline", json!("PT")),
        ("/deadline", json!("P1DT")),
        ("/deadline", json!("P1M")),
        ("/deadline", json!("-PT5M")),
        ("/deadline", json!("2031-02-30T00:00:00Z")),
        ("/deadline", json!("2031-01-31T12:00:00")),
        ("/maxCostUsd", json!(-1)),
        ("/maxCostUsd", json!("1")),
        ("/destination", json!("media")),
        ("/destination/prefix", json!("a")),
        ("/destination/key", json!("")),
        ("/destination/key", json!("/a")),
        ("/destination/key", json!("a//{jobId}")),
        ("/destination/key", json!("../{jobId}")),
        ("/destination/key", json!("{jobId}/.")),
        ("/destination/key", json!("{job}")),
        ("/destination/key", json!("{jobId}}")),
        ("/destination/key", json!("a\\b")),
        ("/destination/metadata", json!({ "Upper": "x" })),
        ("/destination/metadata", json!({ "landfall-job-id": "x" })),
        ("/destination/metadata", json!({ "a": "é" })),
        ("/destination/metadata", json!({ "a": " padded" })),
        ("/destination/metadata", json!({ "a": 1 })),
        ("/destination/tags", Value::Object(many_tags)),
        ("/destination/tags", json!({ "aws:x": "y" })),
        ("/destination/tags", json!({ "a": "b;c" })),
        ("/destination/tags", json!({ "": "b" })),
        ("/destination/cacheControl", json!("")),
        ("/destination/cacheControl", json!("a\nb")),
        ("/destination/overwrite", json!("yes")),
        ("/uploadEndpoint", json!("https://mine.example/put")),
    ];
    let mut jobs: Vec<Value> = bare_changes.iter().map(|change| with(bare(), std::slice::from_ref(change))).collect();
    jobs.extend(envelope_changes.iter().map(|change| with(envelope(), std::slice::from_ref(change))));
    jobs.extend([
        with(envelope(), &[("/request/numberResults", json!(2)), ("/destination/key", json!("{jobId}.{ext}"))]),
        with(envelope(), &[("/tenant", Value::Null), ("/destination/key", json!("{tenant}/{jobId}"))]),
        with(bare(), &[("/model", json!("other:model@1")), ("/uploadEndpoint", json!("https://mine.example/put"))]),
        with(envelope(), &[("/request/model", json!("other:model@1")), ("/request/taskUUID", json!("x"))]),
        with(bare(), &[("/model", json!("other:model@1")), ("/numberResults", json!(21))]),
        json!([bare()]),
        json!("job"),
        json!({}),
    ]);
    for job in jobs {
        assert_eq!(both(&job, &schema), (false, false), "{job:#} {:?}", errors(&schema, &job));
    }
}

#[test]
fn only_the_worker_can_refuse_for_its_settings_and_for_sums_of_bytes() {
    let schema = validator(JOB_FILE);
    let jobs = [
        with(bare(), &[("/model", json!("someone:else@1"))]),
        with(envelope(), &[("/destination/bucket", json!("elsewhere"))]),
        with(envelope(), &[("/context", json!("x".repeat(4096)))]),
        with(envelope(), &[("/destination/metadata", json!({ "a": "x".repeat(2048) }))]),
        with(envelope(), &[("/destination/key", json!("x".repeat(1025)))]),
        with(envelope(), &[("/destination/tags", json!({ "a": "–" }))]),
    ];
    for job in jobs {
        assert_eq!(both(&job, &schema), (false, true), "{job:#}");
    }
}

#[test]
fn the_example_files_are_what_they_say() {
    let mut forms = (0, 0, 0);
    for entry in std::fs::read_dir(deployed("examples")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let example: Value = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        if name.starts_with("event-") {
            let event: Event = serde_json::from_value(example.clone()).unwrap();
            assert_valid(event_file(event.event_type), &example);
            assert!(serde_json::from_value::<TerminalData>(event.data).is_ok(), "{name}");
            forms.2 += 1;
            continue;
        }
        if name.starts_with("control-") {
            assert_valid(CONTROL_FILE, &example);
            let message = Message::parse(text.as_bytes(), &rules());
            assert!(matches!(message, Ok(Message::Control(_) | Message::Regenerate(_))), "{name}: {message:?}");
            continue;
        }
        assert!(name.starts_with("job-"), "{name} is an example of what?");
        assert_valid(JOB_FILE, &example);
        let order = Order::parse(text.as_bytes(), &rules()).unwrap_or_else(|why| panic!("{name}: {why:?}"));
        if order.task_uuid.is_some() { forms.0 += 1 } else { forms.1 += 1 }
    }
    assert!(forms.0 >= 1 && forms.1 >= 1 && forms.2 >= 1, "an example of each form and of an event: {forms:?}");
}

/// Built once: building it takes longer than a case.
static SCHEMA: LazyLock<Validator> = LazyLock::new(|| validator(JOB_FILE));

proptest! {
    #[test]
    fn text_that_a_pattern_describes_is_judged_alike(
        key in r"([a.]|\{jobId\}|/|\{tenant\}|[{}]|\\|\x7f){0,6}",
        name in "[aA.9_/é-]{0,4}",
        header in "[ a~é\n]{0,4}",
        avatar in "[a é\x01\u{85}]{0,3}",
    ) {
        let cases = [
            ("/destination/key", json!(key)),
            ("/jobId", json!(name)),
            ("/tenant", json!(name)),
            ("/destination/metadata", json!({ name: "x" })),
            ("/destination/metadata", json!({ "a": header })),
            ("/destination/cacheControl", json!(header)),
            ("/request/inputs", json!({ "avatar": avatar })),
        ];
        for case in cases {
            let job = with(envelope(), std::slice::from_ref(&case));
            let (checked, matched) = both(&job, &SCHEMA);
            prop_assert_eq!(checked, matched, "{:?}", case);
        }
    }

    #[test]
    fn what_the_check_accepts_as_a_deadline_the_schema_accepts(
        deadline in r"P?([0-9]{1,2}[WD])?([0-9]{1,2}D)?T?([0-9]{1,2}(\.[0-9])?[HMS]){0,2}",
    ) {
        let (checked, matched) = both(&with(envelope(), &[("/deadline", json!(deadline))]), &SCHEMA);
        prop_assert!(matched || !checked, "{}", deadline);
    }
}
