#!/usr/bin/env bash
# Hands a node's shards over and leaves it up without any: bin/drain.sh --help
set -euo pipefail
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/orderwatch" drain "$@"
