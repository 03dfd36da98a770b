#!/bin/sh
# Starts a whole cluster on this machine and watches real orders through it; see bin/demo.sh --help.
# Needs a JDK 17 or newer and Maven, and nothing else. Arguments that begin with -D go to the Java machine.
set -eu

cd "$(dirname "$0")/.."

fail() {
  echo "$1" >&2
  exit 69
}

java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
command -v "$java" >/dev/null || fail "There is no java: install a JDK 17 or newer, or set JAVA_HOME."
command -v mvn >/dev/null || fail "There is no mvn: install Maven 3.8 or newer."

built=target/demo.built
lib=scheduler-node/target/orderwatch/lib
if [ ! -d "$lib" ] || [ ! -f local-stack/target/demo.classpath ] || [ ! -f "$built" ] ||
  [ -n "$(find pom.xml ./*/pom.xml ./*/src bin conf sql -newer "$built" -print | head -n 1)" ]; then
  echo "Building (a minute or two the first time)."
  mkdir -p target
  touch "$built.next"
  mvn -q -B -DskipTests package || fail "The build failed."
  mv "$built.next" "$built"
fi

properties=
for argument in "$@"; do
  shift
  case "$argument" in
    -D*) properties="$properties $argument" ;;
    *) set -- "$@" "$argument" ;;
  esac
done

# small, and with few threads of its own: the processors are for the nodes
# shellcheck disable=SC2086
exec "$java" -Xms64m -Xmx320m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
  -Dlog4j2.configurationFile=io/orderwatch/stack/demo/log4j2.xml $properties \
  -cp "local-stack/target/classes:$(cat local-stack/target/demo.classpath)" \
  io.orderwatch.stack.demo.Demo "$@"
