#!/usr/bin/env bash
# Starts a node: bin/start.sh [--foreground] [--node-id ID] [--conf FILE] [--wait SECONDS] [--log-level LEVEL] [--test]
#   --foreground  runs it in this process, with its log on standard output, until Ctrl-C or SIGTERM
#   --test        only looks at MySQL, Redis and ZooKeeper: ends with 0 when all can be used, else with 69
# Else it starts in the background, and this ends with 0 once it is ready. bin/start.sh --help tells the rest.
set -euo pipefail
orderwatch=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/orderwatch

mode=start
rest=()
while [ $# -gt 0 ]; do
  case $1 in
    --foreground) if [ "$mode" = start ]; then mode=run; fi ;;
    --test) mode=check ;;
    *) rest+=("$1") ;;
  esac
  shift
done
if [ "$mode" = start ]; then
  exec "$orderwatch" start "${rest[@]+"${rest[@]}"}"
fi

# --wait means nothing to the other two
others=()
skip=
for word in "${rest[@]+"${rest[@]}"}"; do
  if [ -n "$skip" ]; then skip=; continue; fi
  case $word in
    --wait) skip=yes ;;
    --wait=*) ;;
    *) others+=("$word") ;;
  esac
done
if [ "$mode" = check ]; then
  exec "$orderwatch" check "${others[@]+"${others[@]}"}"
fi
# a server that is away (69) stops nobody: the node starts, says what it lacks, and keeps trying
code=0
"$orderwatch" check "${others[@]+"${others[@]}"}" || code=$?
if [ "$code" -ne 0 ] && [ "$code" -ne 69 ]; then
  exit "$code"
fi
exec "$orderwatch" run --console "${others[@]+"${others[@]}"}"
