# Sourced by the programs beside it. Sets $java and the flags that every program runs with.

home=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)

if [ -n "${STRONGROOM_JDK:-}" ]; then java=$STRONGROOM_JDK/bin/java
elif [ -n "${JAVA_HOME:-}" ]; then java=$JAVA_HOME/bin/java
else java=java; fi
command -v "$java" >/dev/null 2>&1 || {
  echo "strongroom needs Java 25: set JAVA_HOME or STRONGROOM_JDK to its folder" >&2
  exit 78
}

# Nobody attaches, nothing is dumped: key material lives in these processes.
hardening="-XX:+DisableAttachMechanism -XX:-UsePerfData -XX:-HeapDumpOnOutOfMemoryError
  -XX:+ExitOnOutOfMemoryError -XX:-CreateCoredumpOnCrash -XX:ErrorFile=/dev/null"
access="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"

run() { # name of the program, flags of its own, jar, arguments...
  name=$1 flags=$2 jar=$3
  shift 3
  set -- -jar "$home/lib/$jar" "$@"
  # The start-up cache is used when it fits this Java and these jars, and ignored otherwise.
  cache=$home/cache/$name.aot
  if [ -n "${STRONGROOM_TRAIN:-}" ]; then
    set -- -XX:AOTMode=record "-XX:AOTConfiguration=$STRONGROOM_TRAIN/$name.aotconf" "$@"
  elif [ -n "${STRONGROOM_ASSEMBLE:-}" ]; then
    set -- -XX:AOTMode=create "-XX:AOTConfiguration=$STRONGROOM_ASSEMBLE/$name.aotconf" \
      "-XX:AOTCache=$cache" "$@"
  elif [ -r "$cache" ]; then
    set -- "-XX:AOTCache=$cache" '-Xlog:aot*=off' '-Xlog:cds*=off' "$@"
  fi
  # shellcheck disable=SC2086 # the flags are lists
  exec "$java" $hardening $access $flags ${STRONGROOM_JAVA_OPTS:-} "$@"
}
