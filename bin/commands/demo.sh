# shellcheck shell=sh
#
# vfs demo: starts every part in order, each when the one before it is ready,
# watches them, and ends them all with itself.  Sourced by bin/vfs.

# shellcheck disable=SC2154 # bin/vfs sets bind, port, programs and the like

demo_partitions=4


say() {
    echo "vfs demo: $*"
}


# start NAME SIGNAL COMMAND...
#
# In a session of its own a process does not get the terminal's Ctrl-C, so that
# the parts end in the right order; the kernel sends it SIGNAL should this shell
# die.

start() {
    name=$1
    signal=$2
    shift 2

    setsid setpriv --pdeathsig "$signal" -- "$@" >>"$logs/$name.log" 2>&1 \
        </dev/null &

    started="$name:$! $started"
}

pid_of() {
    for entry in $started; do
        case $entry in
        "$1":*)
            echo "${entry#*:}"
            return
            ;;
        esac
    done
}

forget() {
    kept=''

    for entry in $started; do
        case $entry in
        "$1":*) ;;
        *) kept="$kept $entry" ;;
        esac
    done

    started=$kept
}


# Ends what was started, the newest first: the player, the worker (which
# commits), the gateway, the index, the broker.

stop_all() {
    trap '' INT QUIT HUP TERM

    if [ -n "$sleeper" ]; then
        kill "$sleeper" 2>/dev/null
    fi

    for entry in $started; do
        name=${entry%%:*}
        pid=${entry#*:}

        kill -TERM "$pid" 2>/dev/null
        tries=0

        while kill -0 "$pid" 2>/dev/null; do
            tries=$((tries + 1))

            if [ "$tries" -gt 150 ]; then
                say "$name does not end, killed"
                kill -KILL "$pid"
                break
            fi

            sleep 0.1
        done

        wait "$pid" 2>/dev/null
    done

    started=''
}

stop_by_signal() {
    echo
    stop_all
    say "stopped"
    trap - EXIT
    exit "$1"
}

# A failure that is not a part's own: say it, and end all.

give_up() {
    say "$*" >&2
    exit 1
}


# Waits, so that a signal is served at once.

pause() {
    sleep "$1" &
    sleeper=$!
    wait "$sleeper"
    sleeper=''
}

# A part other than the player must not end; the player may, with success.

watch() {
    for entry in $started; do
        name=${entry%%:*}
        pid=${entry#*:}

        if kill -0 "$pid" 2>/dev/null; then
            continue
        fi

        wait "$pid"
        status=$?
        forget "$name"

        if [ "$name" = player ] && [ "$status" -eq 0 ]; then
            played=1
            continue
        fi

        say "the $name ended with status $status; the end of" \
            "$logs/$name.log:" >&2
        tail -n 5 "$logs/$name.log" >&2
        exit 1
    done
}

# await SECONDS WHAT COMMAND...: until the command succeeds

await() {
    limit=$(($(date +%s) + $1))
    what=$2
    shift 2

    until "$@"; do
        watch

        if [ "$(date +%s)" -ge "$limit" ]; then
            give_up "$what: not within the time allowed; see $logs"
        fi

        pause 0.1
    done
}


has_line() {
    grep -q "$2" "$1" 2>/dev/null
}

answers() {
    curl -s -g -f -o /dev/null --noproxy '*' --max-time 5 "$@"
}

# The value of a counter or gauge of the worker in the gateway's statistics; the
# last one, which is the total where there are several.

worker_value() {
    printf '%s\n' "$stats" | sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p"
}

read_stats() {
    stats=$(curl -s -g -f --noproxy '*' --max-time 5 "$site/stats" \
        | tr -d '\n')
}

# It has its partitions (their lag is known) and has read what was there before.

worker_is_ready() {
    read_stats

    case $stats in
    *'"alive":true'*'"lag":{"'*) [ "$(worker_value lag)" -eq 0 ] ;;
    *) return 1 ;;
    esac
}


# The in-memory broker forgets all when it ends, and with it what the state was
# made from: so the state must be new as well.

demo_data() {
    if [ -n "${VFS_DATA-}" ]; then
        check_data

        if [ -z "${KAFKA_BROKERS-}" ] \
            && [ -n "$(ls -A "$data" 2>/dev/null)" ]
        then
            problem "VFS_DATA is \"$data\" and holds data, but the in-memory" \
                "broker starts empty: expected an empty directory, for" \
                "example VFS_DATA=$data/new"
        fi

        return
    fi

    if [ -e "$top/ngx_vfs_module" ]; then
        data=$programs/demo/$port

    else
        check_data
        data=$data-demo/$port
    fi

    check_path "the demo's directory" "$data" VFS_DATA=/var/tmp/vfs
    fresh=1
}

demo_settings() {
    check_index_host
    check_api_key
    check_gateway
    check_definition
    demo_data

    if [ -n "${EVENTS-}" ] && { [ ! -f "$EVENTS" ] || [ ! -r "$EVENTS" ]; }
    then
        problem "EVENTS is \"$EVENTS\", expected a file of events that can" \
            "be read, for example EVENTS=online_retail.csv"
    fi

    rate=${RATE:-100}

    if [ -n "${EVENTS-}" ]; then
        rate=${RATE:-2000}
    fi

    if ! is_number "$rate" 1 1000000; then
        problem "RATE is \"$rate\", expected events a second from 1 to" \
            "1000000, for example RATE=500"
    fi

    stop_if_wrong
}

# An index on this machine is started, unless one listens there by request.

demo_ports() {
    check_port_free
    own_index=''

    case $url in
    http://127.0.0.1* | http://localhost* | http://\[::1\]*) ;;
    *) return ;;
    esac

    if ! port_in_use "$index_name" "$index_port"; then
        own_index=1

    elif [ -z "${PINECONE_INDEX_HOST-}" ]; then
        die "port $index_port of $index_name is in use, choose another, for" \
            "example PINECONE_INDEX_HOST=http://127.0.0.1:5081"
    fi
}


fetch_wait=${VFS_KAFKA_FETCH_WAIT_MAX_MS-}

start_broker() {
    group=${VFS_GROUP:-vfs}

    start broker KILL "$programs/vfs-broker" --address-file "$data/broker" \
        --topic "user_interactions:$demo_partitions" \
        --topic user_interactions.dlq:1 \
        --topic "$group-item-updates:$demo_partitions" \
        --topic "$group-features:$demo_partitions"

    await 30 "the broker" test -s "$data/broker"
    read -r KAFKA_BROKERS <"$data/broker"
    export KAFKA_BROKERS

    # it answers a fetch that waits only when the time is over, however much
    # has come meanwhile
    fetch_wait=${VFS_KAFKA_FETCH_WAIT_MAX_MS:-20}
}

start_parts() {
    if [ -z "${KAFKA_BROKERS-}" ]; then
        say "broker in memory"
        start_broker
    fi

    if [ -n "$own_index" ]; then
        say "index on $index_address"
        start index KILL "$self" index
        await 30 "the index" answers -H 'Content-Type: application/json' \
            -d '{}' "$url/describe_index_stats"
    fi

    say "gateway on $bind:$port"

    # nginx's workers would outlive a master that is killed
    start gateway TERM "$self" gateway
    await 30 "the gateway" answers "$site/readyz"

    say "worker"
    start worker KILL \
        env ${fetch_wait:+"VFS_KAFKA_FETCH_WAIT_MAX_MS=$fetch_wait"} \
        "$self" ingest
    await 600 "the worker" worker_is_ready
}

start_player() {
    if [ -n "${EVENTS-}" ]; then
        say "playing $EVENTS, $rate events a second"
        start player KILL "$programs/vfs-player" --file "$EVENTS" --rate "$rate"

    else
        say "playing generated events, $rate a second"
        start player KILL "$programs/vfs-player" --start now --rate "$rate"
    fi

    await 30 "the player" has_line "$logs/player.log" '^users='
    users=$(sed -n 's/^users=//p' "$logs/player.log")
}

show_examples() {
    user=${users%%,*}

    if [ -z "$user" ]; then
        say "the file names no user"
        return
    fi

    await 60 "the vector of user $user" \
        answers "$site/v1/features/user/$user"

    cat <<END

  dashboard   $site/
  statistics  $site/stats
  logs        $logs
  users       $(echo "$users" | tr , ' ')

  curl $site/v1/features/user/$user
  curl '$site/v1/features/user/$user/similar?topK=5'
  curl '$site/v1/recommend/user/$user?topK=10'

Ctrl-C ends it.

END
}


player_value() {
    sed -n "s/.*[ ^]$1=\([0-9]*\).*/\1/p; s/^$1=\([0-9]*\).*/\1/p" \
        "$logs/player.log" | tail -n 1
}

# What the worker has consumed since the player began, and nothing waits.

all_is_stored() {
    read_stats
    folded=$(($(worker_value folded) - folded_before))
    ignored=$(($(worker_value ignored) - ignored_before))
    dead=$(($(worker_value dead_letters) - dead_before))

    [ $((folded + ignored + dead)) -ge "$sent" ] \
        && [ "$(worker_value in_flight)" -eq 0 ] \
        && [ "$(worker_value pending)" -eq 0 ]
}

remember_counters() {
    read_stats
    folded_before=$(worker_value folded)
    ignored_before=$(worker_value ignored)
    dead_before=$(worker_value dead_letters)
}

report_counts() {
    sent=$(player_value sent)
    await 600 "the worker, folding in $sent events" all_is_stored

    rows=$(player_value rows)
    no_user=$(player_value no_user)
    malformed=$(player_value malformed)
    usable=$((sent - $(player_value invalid_ids)))
    stored=$((folded + ignored))

    cat <<END
rows                  $rows
skipped, no customer  $no_user
skipped, malformed    $malformed
sent                  $sent
folded in             $folded
ignored by weight     $ignored
dead-lettered         $dead
END

    if [ "$stored" -eq "$usable" ]; then
        echo "100 % of the $usable usable rows are folded in"

    else
        echo "$stored of the $usable usable rows are folded in"
    fi
}


run_demo() {
    started=''
    sleeper=''
    played=''
    fresh=''

    demo_settings
    demo_ports

    if [ -n "$fresh" ]; then
        rm -rf "$data"
    fi

    logs=$data/log
    make_data "$logs"
    export VFS_DATA="$data"

    site=http://$(connect_address "$bind"):$port

    trap stop_all EXIT
    trap 'stop_by_signal 130' INT
    trap 'stop_by_signal 131' QUIT
    trap 'stop_by_signal 143' TERM
    trap 'stop_by_signal 129' HUP

    start_parts
    remember_counters
    start_player
    show_examples

    while [ -z "$played" ]; do
        watch
        pause 0.5
    done

    report_counts

    while :; do
        watch
        pause 0.5
    done
}
