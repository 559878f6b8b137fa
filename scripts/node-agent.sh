#!/bin/sh
# Tells a Yardmaster dispatcher how this machine is doing: registers it as a node and reports CPU, memory, IO, pressure
# and temperature. One file for machines without Java, such as a NAS: POSIX sh, awk, curl and a Linux /proc are all it
# needs. Copy it over and run it; `node-agent.sh --help` has the rest.
set -u

usage() {
    cat <<'END'
Usage: node-agent.sh [OPTION]...
Registers this machine as a node of a Yardmaster dispatcher and reports its load until it is ended.

  --url URL              the dispatcher                     YARDMASTER_URL (http://127.0.0.1:8080)
  --key KEY              API key; the variable is safer     YARDMASTER_KEY
  --id ID                the node's id                      NODE_ID (host name)
  --node-url URL         where the node serves, as the dispatcher reaches it; without it the
                         node is not registered, and must be already            NODE_URL
  --services A,B         services it serves                 NODE_SERVICES (default)
  --weight N             its share; 1 is usual              NODE_WEIGHT
  --region REGION        where it stands                    NODE_REGION
  --location LAT,LON     where it stands, in degrees        NODE_LOCATION
  --labels K=V,K=V       labels                             NODE_LABELS
  --max-connections N    most calls at once                 NODE_MAX_CONNECTIONS
  --health-path PATH     checked over HTTP                  NODE_HEALTH_PATH
  --backup               serve only while no other can      NODE_BACKUP=true
  --interval SECONDS     between two reports, 1 to 600      NODE_INTERVAL (5)
  --once                 register, report once, and end
  --dry-run              tell nobody; show what would be told
  --remove-on-exit       remove the node when ended (needs an operator's key, if keys are asked for)

Exit codes: 0 ended as told, 1 refused by the dispatcher, 2 wrong usage, 3 (with --once) unreachable.
END
}

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "node-agent: $*" >&2; }

wrong() {
    warn "$*"
    exit 2
}

url=${YARDMASTER_URL:-http://127.0.0.1:8080}
key=${YARDMASTER_KEY:-}
id=${NODE_ID:-}
node_url=${NODE_URL:-}
services=${NODE_SERVICES:-}
weight=${NODE_WEIGHT:-}
region=${NODE_REGION:-}
location=${NODE_LOCATION:-}
labels=${NODE_LABELS:-}
max_connections=${NODE_MAX_CONNECTIONS:-}
health_path=${NODE_HEALTH_PATH:-}
backup=${NODE_BACKUP:-false}
interval=${NODE_INTERVAL:-5}
once=false
dry_run=false
remove_on_exit=false
root=${NODE_AGENT_ROOT:-} # another root for /proc and /sys: a container with the host's mounted, or a test

while [ $# -gt 0 ]; do
    option=$1
    shift
    case $option in
        --once) once=true; continue ;;
        --dry-run) dry_run=true; continue ;;
        --remove-on-exit) remove_on_exit=true; continue ;;
        --backup) backup=true; continue ;;
        -h | --help) usage; exit 0 ;;
        --*=*) value=${option#*=}; option=${option%%=*} ;;
        *)
            [ $# -gt 0 ] || wrong "$option: no value, or no option (see --help)"
            value=$1
            shift
            ;;
    esac
    case $option in
        --url) url=$value ;;
        --key) key=$value ;;
        --id) id=$value ;;
        --node-url) node_url=$value ;;
        --services) services=$value ;;
        --weight) weight=$value ;;
        --region) region=$value ;;
        --location) location=$value ;;
        --labels) labels=$value ;;
        --max-connections) max_connections=$value ;;
        --health-path) health_path=$value ;;
        --interval) interval=$value ;;
        *) wrong "$option: unknown (see --help)" ;;
    esac
done

[ -n "$id" ] || id=$(hostname 2>/dev/null || cat /proc/sys/kernel/hostname 2>/dev/null || true)
case $id in
    '' | *[!A-Za-z0-9._:-]*) wrong "--id: $id (expected: 1 to 128 of A-Z a-z 0-9 . _ : -)" ;;
esac
interval=${interval%s}
case $interval in
    '' | *[!0-9]* | ????*) wrong "--interval: $interval (expected: whole seconds, 1 to 600)" ;;
esac
{ [ "$interval" -ge 1 ] && [ "$interval" -le 600 ]; } || wrong "--interval: $interval (expected: 1 to 600)"
case $url in
    http://* | https://*) url=${url%/} ;;
    *) wrong "--url: $url (expected: http:// or https://)" ;;
esac
case $key in *[![:graph:]]* | *[\"\\]*) wrong "--key: holds blanks, quotes or backslashes (expected: a key)" ;; esac
[ -r "$root/proc/stat" ] || wrong "$root/proc/stat: not there (expected: Linux)"
for tool in curl awk; do
    command -v "$tool" >/dev/null 2>&1 || wrong "$tool: not found (expected: installed)"
done

# Text as JSON. Control characters have no place in any of our fields.
quoted() { printf '"%s"' "$(printf '%s' "$1" | tr -d '\000-\037\177' | sed 's/\\/\\\\/g; s/"/\\"/g')"; }

number() { # NAME VALUE
    case $2 in
        '' | *[!0-9.-]*) wrong "--$1: $2 (expected: a number)" ;;
        *) printf '%s' "$2" ;;
    esac
}

# a,b -> ["a","b"]; with a second argument k=v,k=v -> {"k":"v"}
list() { # TEXT [pairs]
    list_rest=$1,
    list_all=
    while [ -n "$list_rest" ]; do
        list_one=${list_rest%%,*}
        list_rest=${list_rest#*,}
        [ -n "$list_one" ] || continue
        if [ $# -gt 1 ]; then
            case $list_one in
                *=*) list_one="$(quoted "${list_one%%=*}"):$(quoted "${list_one#*=}")" ;;
                *) wrong "--labels: $list_one (expected: K=V)" ;;
            esac
        else
            list_one=$(quoted "$list_one")
        fi
        list_all=${list_all:+$list_all,}$list_one
    done
    printf '%s' "$list_all"
}

# The node's JSON; what is not named takes the dispatcher's default. `wrong` inside ends only its subshell: so `|| exit`.
registration() {
    json="{\"url\":$(quoted "$node_url")"
    if [ -n "$services" ]; then json="$json,\"services\":[$(list "$services")]"; fi
    if [ -n "$weight" ]; then part=$(number weight "$weight") || exit 2; json="$json,\"weight\":$part"; fi
    if [ -n "$region" ]; then json="$json,\"region\":$(quoted "$region")"; fi
    if [ -n "$location" ]; then
        case $location in *,*) ;; *) wrong "--location: $location (expected: LAT,LON)" ;; esac
        lat=$(number location "${location%%,*}") || exit 2
        lon=$(number location "${location#*,}") || exit 2
        json="$json,\"location\":{\"lat\":$lat,\"lon\":$lon}"
    fi
    if [ -n "$labels" ]; then part=$(list "$labels" pairs) || exit 2; json="$json,\"labels\":{$part}"; fi
    if [ -n "$max_connections" ]; then
        part=$(number max-connections "$max_connections") || exit 2
        json="$json,\"maxConnections\":$part"
    fi
    if [ -n "$health_path" ]; then
        json="$json,\"health\":{\"type\":\"http\",\"path\":$(quoted "$health_path")}"
    fi
    if [ "$backup" = true ]; then json="$json,\"backup\":true"; fi
    printf '%s}' "$json"
}

# The counters now, one a line: what they count and the count. All of it is one awk, as a NAS forks slowly.
counters() {
    {
        # seconds since boot; other clocks can be set
        sed 's/^/uptime /' "$root/proc/uptime"
        sed 's/^/stat /' "$root/proc/stat"
        sed 's/^/memory /' "$root/proc/meminfo"
        sed 's/^/disk /' "$root/proc/diskstats"
        for resource in cpu memory io; do
            if [ -r "$root/proc/pressure/$resource" ]; then sed 's/^/pressure /' "$root/proc/pressure/$resource"; fi
        done
        for sensor in "$root"/sys/class/thermal/thermal_zone*/temp "$root"/sys/class/hwmon/hwmon*/temp*_input; do
            if [ -r "$sensor" ]; then sed 's/^/temperature /' "$sensor"; fi
        done
    } 2>/dev/null | awk '
        $1 == "uptime" { print "uptime", $2 }
        $1 == "stat" && $2 == "cpu" {
            # user nice system idle iowait irq softirq steal; guest time is in user time already
            for (i = 3; i <= NF && i <= 10; i++) total += $i
            print "busy", total - $6 - $7
            print "total", total
        }
        $1 == "stat" && $2 ~ /^cpu[0-9]/ { cores++ }
        $1 == "memory" { kb[$2] = $3 }
        # whole disks: a partition is its disk, and what lies above disks (md, dm, loop) would count twice
        $1 == "disk" && $4 ~ /^((sd|hd|vd|xvd)[a-z]+|nvme[0-9]+n[0-9]+|mmcblk[0-9]+|sata[0-9]+|sas[0-9]+|nbd[0-9]+)$/ {
            print "disk:" $4, $14
        }
        $1 == "pressure" && $2 == "some" {
            split($3, avg10, "=")
            if (!pressed || avg10[2] > worst) worst = avg10[2]
            pressed = 1
        }
        # a sensor that is not there reads -273, 255 and the like
        $1 == "temperature" && $2 >= -50000 && $2 <= 150000 {
            if (!sensed || $2 > hottest) hottest = $2
            sensed = 1
        }
        END {
            print "cores", cores ? cores : 1
            free = "MemAvailable:" in kb ? kb["MemAvailable:"] : kb["MemFree:"] + kb["Buffers:"] + kb["Cached:"]
            if (kb["MemTotal:"] > 0) print "memory", 1 - free / kb["MemTotal:"]
            if (pressed) print "pressure", worst / 100
            if (sensed) print "temperature", hottest / 1000
        }'
}

# The report in JSON: what became of the counters since those of an earlier time.
report() { # BEFORE NOW
    printf '%s\n--\n%s\n' "$1" "$2" | LC_ALL=C awk '
        function share(value) { return sprintf("%.3f", value < 0 ? 0 : value > 1 ? 1 : value) }
        $0 == "--" { after = 1; next }
        !after { then[$1] = $2; next }
        { now[$1] = $2 }
        END {
            seconds = now["uptime"] - then["uptime"]; if (seconds < 0.01) seconds = 0.01
            total = now["total"] - then["total"]
            cpu = total > 0 ? (now["busy"] - then["busy"]) / total : 0
            io = 0
            for (name in now)
                if (name ~ /^disk:/ && name in then) {
                    used = (now[name] - then[name]) / 1000 / seconds
                    if (used > io) io = used
                }
            json = "{\"cpu\":" share(cpu) ",\"memory\":" share(now["memory"]) ",\"io\":" share(io) ",\"cores\":" now["cores"]
            if ("pressure" in now) json = json ",\"pressure\":" share(now["pressure"])
            if ("temperature" in now) json = json ",\"temperature\":" sprintf("%.1f", now["temperature"])
            printf "%s}", json
        }'
}

answer=
detail=
problem=
newline='
'

# Calls the dispatcher. `answer` is the HTTP status then, 000 when none came, and `detail` what the dispatcher says of a
# refusal. The key comes by standard input: other users of the machine see the arguments of its processes.
call() { # METHOD PATH [JSON]
    reply=$(
        if [ -n "$key" ]; then printf 'header = "Authorization: Bearer %s"\n' "$key"; fi |
            curl -q -s -w '\n%{http_code}' -K - --connect-timeout 3 --max-time 10 -X "$1" \
                -H 'Content-Type: application/json' ${3:+--data-raw "$3"} "$url$2" 2>/dev/null
    ) || true
    answer=${reply##*"$newline"}
    case $answer in [0-9][0-9][0-9]) ;; *) answer=000 ;; esac
    detail=$(printf '%s' "$reply" | tr -d '\000-\037\177' | sed -n 's/.*"detail":"\([^"]*\)".*/\1/p')
}

registered=false
ever_registered=false

register() {
    call PUT "/v1/nodes/$id" "$node"
    case $answer in
        2??)
            registered=true
            if $ever_registered; then say "registered again: $id"; else say "registered $id"; fi
            ever_registered=true
            ;;
        *)
            problem="cannot register $id"
            return 1
            ;;
    esac
}

# 1 when the dispatcher did not take it; `problem` and `answer` say why.
tell() { # JSON
    if ! $registered && [ -n "$node_url" ]; then register || return 1; fi
    call POST "/v1/nodes/$id/report" "$1"
    if [ "$answer" = 404 ] && [ -n "$node_url" ]; then
        registered=false
        register || return 1
        call POST "/v1/nodes/$id/report" "$1"
    fi
    case $answer in 2??) return 0 ;; esac
    problem="cannot report $id"
    return 1
}

why() {
    case $answer in
        000) printf '%s' "no answer from $url" ;;
        401 | 403) printf '%s' "the dispatcher answered $answer; give a key of role node in YARDMASTER_KEY" ;;
        404) printf '%s' "the dispatcher does not know the node; give --node-url" ;;
        *) printf '%s' "the dispatcher answered $answer${detail:+: $detail}" ;;
    esac
}

# What is refused, as opposed to not reached or not now.
refused() { case $answer in 408 | 429) return 1 ;; 4??) return 0 ;; *) return 1 ;; esac; }

seed=$$

# Sets `seconds` to between half of the first argument and all of it: nodes that lost their dispatcher together come
# back apart.
jitter() {
    seed=$(((seed % 65537 * 75 + 74) % 65537)) # fits 32 bits
    seconds=$(($1 - $1 / 2 + seed % ($1 / 2 + 1)))
}

sleeper=

# Unlike a plain sleep, lets a signal end the pause at once.
pause() {
    sleep "$1" &
    sleeper=$!
    wait "$sleeper" 2>/dev/null || true
    sleeper=
}

end() {
    trap - TERM INT HUP
    [ -z "$sleeper" ] || kill "$sleeper" 2>/dev/null || true
    if $remove_on_exit && $ever_registered; then
        call DELETE "/v1/nodes/$id"
        case $answer in 2??) say "removed $id" ;; *) warn "cannot remove $id: $(why)" ;; esac
    fi
    exit 0
}

node=
if [ -n "$node_url" ]; then node=$(registration) || exit 2; fi
trap end TERM INT HUP

before=$(counters)
pause 1
now=$(counters)

if $dry_run; then
    [ -z "$node" ] || say "PUT $url/v1/nodes/$id $node"
    say "POST $url/v1/nodes/$id/report $(report "$before" "$now")"
    exit 0
fi

if $once; then
    if tell "$(report "$before" "$now")"; then
        say "reported $id"
        exit 0
    fi
    warn "$problem: $(why)"
    if refused; then exit 1; else exit 3; fi
fi

say "reporting $id every ${interval}s"
failures=0
while :; do
    if tell "$(report "$before" "$now")"; then
        [ "$failures" -eq 0 ] || say "reports again"
        failures=0
        pause "$interval"
    else
        # refused at the very first: a mistake in our arguments; later it may be mended over there
        if refused && ! $ever_registered && [ -n "$node_url" ]; then
            warn "$problem: $(why)"
            exit 1
        fi
        [ "$failures" -gt 0 ] || warn "$problem: $(why); trying on"
        [ "$failures" -ge 6 ] || failures=$((failures + 1))
        longest=$((interval << (failures - 1)))
        if [ "$longest" -gt 30 ]; then longest=30; fi # as long as reports are believed
        if [ "$longest" -lt "$interval" ]; then longest=$interval; fi
        jitter "$longest"
        pause "$seconds"
    fi
    before=$now
    now=$(counters)
done
