#!/usr/bin/env bash
# Has notifications that were given up tried again, from any host: bin/retry-dead.sh --help
set -euo pipefail
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/orderwatch" retry-dead "$@"
