#!/usr/bin/env bash
# Shows what waits to be sent, by merchant and lane, from any host: bin/queues.sh --help
set -euo pipefail
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/orderwatch" queues "$@"
