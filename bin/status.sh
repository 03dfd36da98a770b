#!/usr/bin/env bash
# Shows every node, its shards, the leader, the jobs and the backlog: bin/status.sh --help
set -euo pipefail
exec "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/orderwatch" status "$@"
