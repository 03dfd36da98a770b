#!/usr/bin/env bash
# Finds and repairs what is wrong in Quartz's tables, from any host: bin/doctor.sh --help
set -euo pipefail
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/orderwatch" doctor "$@"
