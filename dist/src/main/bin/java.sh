# Sourced by the programs beside it. Sets $java and the flags that every program runs with.

home=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)

if [ -n "${STRONGROOM_JDK:-}" ]; then java=$STRONGROOM_JDK/bin/java
elif [ -n "${JAVA_HOME:-}" ]; then java=$JAVA_HOME/bin/java
else java=java; fi
no_java25() { # what is there instead
  echo "strongroom needs Java 25, and $1: set JAVA_HOME or STRONGROOM_JDK to the folder of one" >&2
  exit 78
}

found=$(command -v "$java") || no_java25 "there is no program $java"

# Sets $version. The file beside the program tells it without starting a virtual machine; the program
# itself is asked where there is none (a start script in front of it).
java_version() {
  version=
  real=$(readlink -f "$found")
  release=${real%/bin/java}/release
  if [ -r "$release" ]; then
    while IFS='=' read -r key value; do
      if [ "$key" = JAVA_VERSION ]; then version=${value#\"} version=${version%\"*}; fi
    done <"$release"
  fi
  if [ -z "$version" ]; then
    version=$("$java" -version 2>&1 | sed -n 's/.* version "\([^"]*\)".*/\1/p')
  fi
}
java_version
case $version in
  25 | 25[.+-]*) ;;
  *) no_java25 "$found is ${version:-no Java}" ;;
esac

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
