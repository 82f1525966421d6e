#!/usr/bin/env bash
# Installs the newest and the oldest official Python SDK, as clients for the tests: their pins are not ours.
set -euo pipefail

install() { # a virtual environment, and the folder of tests/wire/sdks with its requirements
    local requirements="tests/wire/sdks/$2/requirements.txt"
    .venv/bin/python -m venv --clear "$1"
    .venv/bin/uv pip install --quiet --python "$1/bin/python" -r "$requirements" 2>/dev/null ||
        "$1/bin/python" -m pip install --quiet --no-input --disable-pip-version-check -r "$requirements"
}

echo "Installing the SDKs that the tests call the core with …"
install .venv-sdk python
install .venv-sdk-old python_old
