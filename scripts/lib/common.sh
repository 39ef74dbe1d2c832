# Shared by the scripts beside this folder; to be sourced.
# shellcheck shell=bash

say() { printf '%s\n' "$*" >&2; }
die() {
    say "error: $*"
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" -eq 0 ]; }

# Installs with the system's package manager; fails where there is none or where it would need root.
# Package names differ between systems, hence one list for each: apt, dnf, apk, brew.
install_packages() {
    local apt=$1 dnf=$2 apk=$3 brew=$4
    # shellcheck disable=SC2086 # the lists are split on purpose
    if is_root && have apt-get; then
        say "installing $apt (apt-get)"
        apt-get update -qq >/dev/null &&
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $apt >/dev/null
    elif is_root && have dnf; then
        say "installing $dnf (dnf)"
        dnf install -y -q $dnf >&2
    elif is_root && have apk; then
        say "installing $apk (apk)"
        apk add --quiet $apk >&2
    elif ! is_root && have brew; then
        say "installing $brew (brew)"
        brew install --quiet $brew >&2
    else
        return 1
    fi
}

# Makes sure of a command: need_command NAME APT DNF APK BREW
need_command() {
    local name=$1
    have "$name" && return
    install_packages "$2" "$3" "$4" "$5" || die "'$name' is missing and cannot be installed from here (package: $2)"
    have "$name" || die "'$name' is still missing after installing $2"
}

need_curl_and_jq() {
    need_command curl "curl ca-certificates" curl curl curl
    need_command jq jq jq jq jq
}

# The compiled C sources in the tree (SQLite, aws-lc, jemalloc) need make, a compiler and the headers of the C library.
need_c_compiler() {
    need_command cc "gcc libc6-dev" "gcc glibc-devel" "gcc musl-dev" gcc
    need_command make make make make make
}

need_cargo() {
    have cargo && return
    # rustup puts cargo here, and on the PATH of login shells only.
    PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
    have cargo || die "cargo is missing: install Rust from https://rustup.rs"
}

# A port of 127.0.0.1 that nobody listens on, below the range that the system gives to outgoing connections.
free_port() {
    local port
    for _ in $(seq 50); do
        port=$((20000 + RANDOM % 12000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    die "no free port was found"
}

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

[ "${BASH_VERSINFO[0]}" -ge 4 ] || die "bash 4 or newer is needed, this is $BASH_VERSION"
