#!/usr/bin/env bash
# Brings the tables up to date: bin/migrate.sh --help
set -euo pipefail
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/orderwatch" migrate "$@"
