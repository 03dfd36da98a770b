#!/usr/bin/env bash
# Sends the notifications of an order again, by hand: bin/retry-notify.sh --help
set -euo pipefail
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/orderwatch" retry-notify "$@"
