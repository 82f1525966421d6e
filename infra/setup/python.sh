#!/usr/bin/env bash
# Makes the virtualenv .venv with the packages of requirements-dev.txt. PYTHON=… chooses the interpreter.
set -euo pipefail
cd "$(dirname "$0")/../.."

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

candidates=${PYTHON:-python3.13 python3.12 python3.11 python3}

find_python() {
    for python in $candidates; do
        if is_new_enough "$python" && "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            return
        fi
    done
    return 1
}

if ! is_new_enough .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    if ! find_python && ! { [ -z "${PYTHON:-}" ] && infra/setup/apt.sh python3-venv && find_python; }; then
        echo "Gatehouse needs Python 3.11 or newer with its venv module. Tried: $candidates." >&2
        echo "Install it (Debian: apt-get install python3-venv; macOS: brew install python@3.13)," >&2
        echo "or name another one: make setup PYTHON=/path/to/python3.13" >&2
        exit 1
    fi
    echo "Making the virtualenv with $("$python" --version) …"
    "$python" -m venv --clear .venv
fi

echo "Installing the Python packages …"
install() { .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check "$@"; }
install "$(grep '^uv[^a-z]' requirements-dev.txt)"
# uv is ten times as fast; pip knows mirrors and certificates that only its own settings name.
.venv/bin/uv pip install --quiet --compile-bytecode --python .venv/bin/python -r requirements-dev.txt 2>/dev/null ||
    install -r requirements-dev.txt

# `import gatehouse` works in the virtualenv as it does on Lambda. The path is relative, so the folder may move.
site_packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "../../../../layers/shared/python" >"$site_packages/gatehouse.pth"
