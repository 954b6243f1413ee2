#!/bin/sh
# Makes a virtual environment with the locked packages and this project: environment.sh FOLDER LOCK
set -eu
folder=$1
lock=$2

supported() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; }

if ! [ -x "$folder/bin/python" ]; then
    for python in "${PYTHON:-python3}" python3.13 python3.12 python3.11 none; do
        if supported "$python"; then break; fi
    done
    if [ "$python" = none ]; then
        echo "embexp needs Python 3.11, 3.12 or 3.13, and none is on the path; install one, or name it: make PYTHON=/path/to/python3.12" >&2
        exit 2
    fi
    # Some systems package venv without its own pip; the system's pip then installs into the new environment.
    "$python" -m venv "$folder" 2>/dev/null || "$python" -m venv --clear --without-pip "$folder"
fi
if "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    pip() { "$folder/bin/python" -m pip "$@"; }
else
    pip() { "${python:-python3}" -m pip --python "$folder/bin/python" "$@"; }
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1
pip install --quiet --require-hashes --requirement "$lock"
pip install --quiet --no-deps --no-build-isolation --editable .
