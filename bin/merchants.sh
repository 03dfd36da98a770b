#!/usr/bin/env bash
# Lists, pauses and resumes merchants, from any host: bin/merchants.sh --help
set -euo pipefail
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/orderwatch" merchants "$@"
