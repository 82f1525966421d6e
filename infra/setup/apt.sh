#!/usr/bin/env bash
# Installs Debian packages without asking anything: apt.sh package…
# Only as root, or where CI=true and sudo needs no password: a person's laptop is not ours to change.
set -euo pipefail

command -v apt-get >/dev/null || exit 1
if [ "$(id -u)" != 0 ]; then
    if [ "${CI:-}" = true ] && sudo -n true 2>/dev/null; then
        exec sudo -n "$0" "$@"
    fi
    exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [[ " $* " == *" postgresql "* ]]; then
    # The tests start their own servers: keep the package from making and starting one.
    no_cluster=/etc/postgresql-common/createcluster.d/gatehouse.conf
    trap 'rm -f "$log" "$no_cluster"' EXIT
    mkdir -p "$(dirname "$no_cluster")"
    echo "create_main_cluster = false" >"$no_cluster"
fi

echo "Installing $* with apt-get …"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >"$log" 2>&1 || true # one unreachable source need not matter; the installation tells
if ! apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
