#!/usr/bin/env bash
# Hands a node's shards over and ends it: bin/stop.sh --help
set -euo pipefail
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/orderwatch" stop "$@"
