# Sourced by the scripts beside it: finds a JDK 25 and Maven, and installs what Debian can give.
# Prints what is missing, and how to get it, when it cannot.

strongroom_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

is_jdk25() { [ -x "$1/bin/javac" ] && "$1/bin/javac" -version 2>&1 | grep -q '^javac 25'; }

find_jdk25() {
  local candidate
  for candidate in "${STRONGROOM_JDK:-}" "${JAVA_HOME:-}" "${JAVA_HOME_25_X64:-}" /usr/lib/jvm/* /opt/java/* /opt/jdk* \
    "$HOME"/.sdkman/candidates/java/25* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if [ -n "$candidate" ] && is_jdk25 "$candidate"; then
      (cd "$candidate" && pwd -P)
      return 0
    fi
  done
  return 1
}

can_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

apt_updated=
apt_install() { # packages...
  if [ -z "$apt_updated" ]; then apt-get update -qq >&2 && apt_updated=yes; fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

need() { # command, Debian package
  command -v "$1" >/dev/null 2>&1 && return 0
  if can_apt; then
    echo "installing $2 (for the command $1)" >&2
    apt_install "$2" && command -v "$1" >/dev/null 2>&1 && return 0
  fi
  echo "missing: the command '$1'. On Debian: apt-get install $2" >&2
  return 1
}

use_jdk25() {
  if ! JAVA_HOME=$(find_jdk25); then
    if can_apt; then
      echo "no JDK 25 found: trying Debian's packages" >&2
      apt_install openjdk-25-jdk-headless || apt_install temurin-25-jdk || true
    fi
    if ! JAVA_HOME=$(find_jdk25); then
      echo "missing: JDK 25. Install one (Debian 13 backports or newer: apt-get install openjdk-25-jdk-headless;" >&2
      echo "elsewhere any vendor's JDK 25 LTS) and set JAVA_HOME or STRONGROOM_JDK to its folder." >&2
      return 1
    fi
  fi
  export JAVA_HOME PATH="$JAVA_HOME/bin:$PATH"
}
