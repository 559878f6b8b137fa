# Shared by the launchers: finds JDK 25. POSIX sh; sourced, never run.
# shellcheck shell=sh disable=SC2034 # JDK is for the script that sources this

JDK_WANTED=25

# Sets JDK_MAJOR and JDK_VERSION (such as 25.0.3+9-LTS) from a JDK directory's `release` file: no process is started,
# because the launcher's time is the user's. Without that file JDK_VERSION is empty and `java -version` is asked.
jdk_read() {
    JDK_MAJOR=0 JDK_VERSION=
    jdk_read_line=
    if [ -r "$1/release" ]; then
        while IFS= read -r jdk_read_entry; do
            case $jdk_read_entry in
                JAVA_VERSION=*) jdk_read_line=${jdk_read_entry#*\"} ;;
                JAVA_RUNTIME_VERSION=*) JDK_VERSION=${jdk_read_entry#*\"} JDK_VERSION=${JDK_VERSION%\"*} ;;
            esac
        done <"$1/release"
    fi
    if [ -z "$jdk_read_line" ] && [ -x "$1/bin/java" ]; then
        jdk_read_line=$("$1/bin/java" -version 2>&1 | sed -n 's/.*version "\([^"]*\)".*/\1/p' | head -n 1)
    fi
    jdk_read_line=${jdk_read_line%%[!0-9]*}
    JDK_MAJOR=${jdk_read_line:-0}
}

# The major version of a JDK directory.
jdk_major() {
    jdk_read "$1"
    echo "$JDK_MAJOR"
}

jdk_fits() {
    [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 1
    jdk_read "$1"
    [ "$JDK_MAJOR" -ge "$JDK_WANTED" ]
}

# Sets JDK (and JDK_VERSION) to the home of a JDK 25 or later: JAVA_HOME, the usual places, `java` on PATH. 1 when there is none.
find_jdk() {
    JDK=
    for find_jdk_home in "${JAVA_HOME:-}" \
        /usr/lib/jvm/*25* /opt/java/openjdk /opt/*jdk*25* "${HOME:-/nowhere}"/.sdkman/candidates/java/25* \
        "${HOME:-/nowhere}"/.jdks/*25* /Library/Java/JavaVirtualMachines/*25*/Contents/Home \
        /opt/homebrew/opt/openjdk@25/libexec/openjdk.jdk/Contents/Home; do
        if [ -n "$find_jdk_home" ] && jdk_fits "$find_jdk_home"; then
            JDK=$find_jdk_home
            return 0
        fi
    done
    if command -v java >/dev/null 2>&1; then
        find_jdk_home=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')
        if [ -n "$find_jdk_home" ] && jdk_fits "$find_jdk_home"; then
            JDK=$find_jdk_home
            return 0
        fi
    fi
    return 1
}

may_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1
}

# Installs one of the named packages (the first that there is). Quiet; 1 when none could be installed.
install_package() {
    may_install || return 1
    if [ -z "${APT_UPDATED:-}" ]; then
        apt-get update -q >/dev/null 2>&1 </dev/null || true
        APT_UPDATED=1
    fi
    for install_package_name in "$@"; do
        if DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$install_package_name" \
            >/dev/null 2>&1 </dev/null; then
            return 0
        fi
    done
    return 1
}

# As find_jdk, and tries to install one. Says what to do when that fails too.
need_jdk() {
    find_jdk && return 0
    if may_install; then
        echo "yardmaster: no JDK $JDK_WANTED found, installing one" >&2
        install_package "temurin-$JDK_WANTED-jdk" "openjdk-$JDK_WANTED-jdk-headless" "openjdk-$JDK_WANTED-jdk" || true
        find_jdk && return 0
    fi
    echo "yardmaster: JDK: none (expected: JDK $JDK_WANTED or later; install one from https://adoptium.net," \
        "or set JAVA_HOME to it)" >&2
    return 1
}

# As need_jdk for Maven.
need_maven() {
    command -v mvn >/dev/null 2>&1 && return 0
    if may_install; then
        echo "yardmaster: no Maven found, installing it" >&2
        install_package maven || true
        command -v mvn >/dev/null 2>&1 && return 0
    fi
    echo "yardmaster: mvn: none (expected: Maven 3.8 or later on the PATH)" >&2
    return 1
}

# Sets SERVE_OPTIONS, the JVM's options for `serve`: scripts/yardmaster starts with them, and scripts/warm makes the cache with
# the same. docs/adr/0017 has what each was measured to bring.
# - The optimising compiler takes a method when C1's code of it has run 65,536 times, not 2,048 times: it competes with the
#   first 20,000 requests of a process less. It takes in less of what a method calls (InlineSmallCode, FreqInlineSize): a third
#   less of its time, and half of its memory, for the same speed.
# - A young generation of 36 MB, half of it for survivors, to be filled to 90 %: with 1,000 requests in flight they fit, and
#   nothing gets old by mistake and makes the heap grow.
# - One malloc arena, and every other second glibc gives back what is free: the compiler's memory is used again, and not kept
#   once for every thread, or for ever. Other C libraries have no such call, and the JVM would warn of it.
# - The cache is mapped where it was made for and not moved, which would write all of it: 40 MB of it stay the file's, shared
#   by all replicas of a machine, and a start is 0.1 s shorter.
# - EventLoops may ask java.lang for virtual threads on its loops (docs/adr/0019).
# - Lettuce makes no events for Flight Recorder: 50 ms of a start.
serve_options() {
    if [ -n "${YARDMASTER_HEAP:-}" ]; then
        SERVE_OPTIONS=-Xmx$YARDMASTER_HEAP
    else
        SERVE_OPTIONS="-Xms56m -Xmn36m -XX:SurvivorRatio=2 -XX:TargetSurvivorRatio=90 -Xmx512m"
    fi
    SERVE_OPTIONS="-XX:+UseSerialGC $SERVE_OPTIONS -XX:Tier2InvokeNotifyFreqLog=15 -XX:Tier2BackedgeNotifyFreqLog=18"
    SERVE_OPTIONS="$SERVE_OPTIONS -XX:InlineSmallCode=800 -XX:FreqInlineSize=120"
    for loader in /lib*/ld-linux-*.so.?; do
        if [ -e "$loader" ]; then SERVE_OPTIONS="$SERVE_OPTIONS -XX:TrimNativeHeapInterval=2000" && break; fi
    done
    SERVE_OPTIONS="$SERVE_OPTIONS -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 -Dio.lettuce.core.jfr=false"
    SERVE_OPTIONS="$SERVE_OPTIONS --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
    SERVE_OPTIONS="$SERVE_OPTIONS --add-opens=java.base/java.lang=ALL-UNNAMED"
    export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-1}"
}
