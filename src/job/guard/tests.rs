#![expect(clippy::unwrap_used, reason = "tests")]
use core::net::IpAddr;

use url::Url;

use super::{Guard, NotAllowed, is_public};

fn guard(hosts: &[&str], allow_private: bool) -> Guard {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    Guard::listed("rescue.allow_hosts", &hosts, allow_private).unwrap()
}

fn passes(guard: &Guard, url: &str) -> bool {
    guard.check(&Url::parse(url).unwrap()).is_ok()
}

#[test]
fn the_vendors_own_results_pass() {
    let guard = guard(&["vm.runware.ai"], false);
    assert!(passes(&guard, "https://vm.runware.ai/video/os/a19d05/ws/5/vi/e376860e.mp4"));
    assert!(passes(&guard, "https://VM.Runware.AI:443/x"));
}

#[test]
fn nothing_passes_that_only_looks_like_an_allowed_host() {
    let guard = guard(&["vm.runware.ai"], false);
    for url in [
        "http://vm.runware.ai/x",
        "ftp://vm.runware.ai/x",
        "file:///etc/passwd",
        "data:text/plain,x",
        "https://vm.runware.ai.evil.example/x",
        "https://evil-vm.runware.ai/x",
        "https://sub.vm.runware.ai/x",
        "https://runware.ai/x",
        "https://vm.runware.ai:8443/x",
        "https://vm.runware.ai:80/x",
        "https://vm.runware.ai@evil.example/x",
        "https://user@vm.runware.ai/x",
        "https://:pw@vm.runware.ai/x",
        "https://evil.example/?vm.runware.ai",
        "https://evil.example/#@vm.runware.ai",
        "https://127.0.0.1/x",
    ] {
        assert!(!passes(&guard, url), "{url}");
    }
}

#[test]
fn a_domain_rule_allows_every_host_below_it_and_not_itself() {
    for rule in ["*.runware.ai", ".runware.ai"] {
        let guard = guard(&[rule], false);
        for (url, expected) in [
            ("https://vm.runware.ai/x", true),
            ("https://a.b.runware.ai/x", true),
            ("https://runware.ai/x", false),
            ("https://notrunware.ai/x", false),
            ("https://vm.runware.ai:444/x", false),
        ] {
            assert_eq!(passes(&guard, url), expected, "{rule} {url}");
        }
    }
}

#[test]
fn a_rule_with_a_port_binds_to_it() {
    let local = guard(&["127.0.0.1:9000", "[::1]:9000", "emulator:8090", "plain.example", "tls.example:443"], true);
    for (url, expected) in [
        ("http://127.0.0.1:9000/x", true),
        ("http://[::1]:9000/x", true),
        ("http://emulator:8090/x", true),
        ("http://emulator/x", false),
        ("http://emulator:8091/x", false),
        ("http://127.0.0.1/x", false),
        ("http://plain.example/x", true),
        ("https://plain.example/x", true),
        ("http://plain.example:8080/x", false),
        ("https://tls.example/x", true),
        ("http://tls.example/x", false),
        ("http://tls.example:443/x", true),
    ] {
        assert_eq!(passes(&local, url), expected, "{url}");
    }
}

#[test]
fn rules_that_allow_too_much_or_nothing_are_refused_by_name() {
    for rule in ["", "*", ".", "*.", "*.com", ".local", "a*.example", "*.10.0.0.1", "h:0", "h:99999", "h:x", "a b"] {
        let refused = Guard::listed("rescue.allow_hosts", &[rule.to_owned()], false).unwrap_err();
        assert!(refused.starts_with("rescue.allow_hosts:"), "{rule}");
    }
}

#[test]
fn an_address_that_is_allowed_by_name_must_still_be_public() {
    let hosts = ["10.0.0.1", "127.0.0.1", "[::1]", "[::ffff:8.8.8.8]", "8.8.8.8"];
    let strict = guard(&hosts, false);
    for host in &hosts[..4] {
        let refused = strict.check(&Url::parse(&format!("https://{host}/x")).unwrap()).unwrap_err();
        assert!(matches!(refused, NotAllowed::PrivateAddress { .. }), "{host}");
    }
    assert!(passes(&strict, "https://8.8.8.8/x"));
    assert!(!passes(&strict, "https://0x7f.1/x") && !passes(&strict, "https://2130706433/x"));
    assert!(passes(&guard(&hosts, true), "http://10.0.0.1/x"));
}

#[test]
fn without_a_list_every_public_host_is_allowed_and_no_form_of_a_private_one() {
    let (public, local) = (Guard::public(false), Guard::public(true));
    for url in [
        "https://hooks.example/landed?token=1",
        "https://hooks.example.:8443/x",
        "https://8.8.8.8/x",
        "https://[2606:4700::1111]/x",
        "https://notlocalhost.example/x",
        "https://local.example/x",
    ] {
        assert!(passes(&public, url) && passes(&local, url), "{url}");
    }
    for url in [
        "http://hooks.example/x",
        "https://localhost/x",
        "https://LOCALHOST./x",
        "https://a.localhost/x",
        "https://redis/x",
        "https://metadata.google.internal/x",
        "https://printer.local./x",
        "https://router.home.arpa/x",
        "https://127.0.0.1/x",
        "https://127.1/x",
        "https://127.0.0.1./x",
        "https://0x7f000001/x",
        "https://0177.0.0.1/x",
        "https://2130706433/x",
        "https://0/x",
        "https://１２７.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://[::]/x",
        "https://[::ffff:169.254.169.254]/x",
        "https://[::ffff:7f00:1]/x",
        "https://[64:ff9b::a9fe:a9fe]/x",
        "https://[64:ff9b:1::a9fe:a9fe]/x",
        "https://[fd00:ec2::254]/x",
        "https://[fe80::1]/x",
        "https://[2002:7f00:1::]/x",
    ] {
        assert!(!passes(&public, url), "{url}");
        assert!(passes(&local, url), "{url} on a local stack");
    }
    for url in ["ftp://h.example/x", "file:///etc/passwd", "https://user@h.example/x", "https://:pw@h.example/x"] {
        assert!(!passes(&public, url) && !passes(&local, url), "{url}");
    }
}

#[test]
fn only_addresses_of_the_public_internet_are_public() {
    for (address, expected) in [
        ("8.8.8.8", true),
        ("172.32.0.1", true),
        ("100.128.0.1", true),
        ("223.255.255.255", true),
        ("0.0.0.0", false),
        ("10.255.255.255", false),
        ("100.64.0.1", false),
        ("127.8.8.8", false),
        ("169.254.169.254", false),
        ("172.31.255.255", false),
        ("192.168.1.1", false),
        ("198.19.0.1", false),
        ("224.0.0.1", false),
        ("255.255.255.255", false),
        ("2606:4700::1111", true),
        ("2a00:1450:4001::1", true),
        ("::", false),
        ("::1", false),
        ("fe80::1", false),
        ("fd00:ec2::254", false),
        ("ff02::1", false),
        ("::ffff:8.8.8.8", false),
        ("::ffff:127.0.0.1", false),
        ("::127.0.0.1", false),
        ("2002:7f00:1::", false),
        ("2001::1", false),
        ("2001:db8::1", false),
        ("64:ff9b::8.8.8.8", true),
        ("64:ff9b::10.0.0.1", false),
    ] {
        assert_eq!(is_public(address.parse::<IpAddr>().unwrap()), expected, "{address}");
    }
}

#[test]
fn a_refusal_names_the_setting_and_the_host_and_nothing_of_the_path() {
    let refused = guard(&["a.example"], false).check(&Url::parse("https://b.example/p?token=1").unwrap()).unwrap_err();
    assert_eq!(refused.to_string(), "b.example on port 443 is not among the hosts of rescue.allow_hosts");
}
