#!/usr/bin/env bash
# Write the hashed requirement locks from pyproject.toml. Needs uv on the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."
lock() { # lock OUTPUT [ARGUMENT...]
  local output=$1
  shift
  printf 'setuptools>=77\n' | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --no-emit-index-url --output-file "$output" pyproject.toml - "$@"
}
lock requirements.lock
lock requirements-dev.lock --extra dev --constraint requirements.lock
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --output-file requirements-peers.lock requirements-peers.in
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --constraint requirements.lock --output-file requirements-moto.lock requirements-moto.in
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --output-file requirements-prowler.lock requirements-prowler.in
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --output-file requirements-solvers.lock requirements-solvers.in
