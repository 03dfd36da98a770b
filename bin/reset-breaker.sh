#!/usr/bin/env bash
# Closes the breakers of a merchant, by hand: bin/reset-breaker.sh --help
set -euo pipefail
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/orderwatch" reset-breaker "$@"
