#!/bin/sh
# Renews both lock files: exact versions and hashes for every supported Python, with no index addresses. Needs uv.
set -eu
cd "$(dirname "$0")/.."
compile() { uv pip compile pyproject.toml locks/build.in --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --upgrade "$@"; }
compile --extra demo --extra viz -o locks/run.txt
compile --extra demo --extra viz --extra dev -o locks/dev.txt
