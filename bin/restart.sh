#!/usr/bin/env bash
# Stops a node and starts it again in the background:
#   bin/restart.sh [--node-id ID] [--conf FILE] [--timeout SECONDS] [--wait SECONDS] [--log-level LEVEL]
# --timeout is how long to wait until it has stopped, --wait how long until it is ready; 60 each by default.
set -euo pipefail
orderwatch=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/orderwatch

stop=()
start=()
while [ $# -gt 0 ]; do
  case $1 in
    -h|--help)
      sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
      exit 0 ;;
    --timeout) stop+=("$1" "${2:-}"); shift ;;
    --timeout=*) stop+=("$1") ;;
    --wait) start+=("$1" "${2:-}"); shift ;;
    --wait=*) start+=("$1") ;;
    --node-id|--conf|--log-level) stop+=("$1" "${2:-}"); start+=("$1" "${2:-}"); shift ;;
    *) stop+=("$1"); start+=("$1") ;;
  esac
  shift || break
done
"$orderwatch" stop "${stop[@]+"${stop[@]}"}"
exec "$orderwatch" start "${start[@]+"${start[@]}"}"
