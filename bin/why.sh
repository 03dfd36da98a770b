#!/usr/bin/env bash
# Shows all that happened to an order, from any host: bin/why.sh --help
set -euo pipefail
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/orderwatch" why "$@"
