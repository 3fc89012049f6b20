#!/usr/bin/env bash
# The workload cache-replay on other simulators, installed from their registries: SimPy from PyPI, simcore and desru from
# crates.io. Needs Rust and Python 3 with venv; everything it installs or builds stays in target/peers.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
place=$(cd ../.. && pwd)/target/peers
mkdir -p "$place"
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet 'simpy==4.1.*'
CARGO_TARGET_DIR="$place" cargo run --quiet --release
"$place/venv/bin/python" cache_replay.py
