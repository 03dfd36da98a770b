#!/bin/sh
# Measures Orderwatch beside a peer and the limits of this machine, and prints a table; ratios are medians of turns.
# Needs a JDK 17 or newer and Maven. bin/bench.sh --help
set -eu

cd "$(dirname "$0")/.."

mvn -q -B -DskipTests -pl benchmarks -am package || {
  echo "The build failed." >&2
  exit 69
}
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xms512m -Xmx768m \
  -cp "benchmarks/target/classes:$(cat benchmarks/target/bench.classpath)" io.orderwatch.bench.Bench "$@"
