#!/usr/bin/env bash
# Installs the official Python SDK, as a client for the tests, into .venv-sdk: its pins are not ours.
set -euo pipefail

requirements=tests/wire/sdks/python/requirements.txt
echo "Installing the SDK that the tests call the core with …"
.venv/bin/python -m venv --clear .venv-sdk
.venv/bin/uv pip install --quiet --python .venv-sdk/bin/python -r "$requirements" 2>/dev/null ||
    .venv-sdk/bin/python -m pip install --quiet --no-input --disable-pip-version-check -r "$requirements"
