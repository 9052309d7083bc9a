# shellcheck shell=sh
#
# The settings of the environment: checked, and in variables that the commands
# use.  Sourced by bin/vfs.

# shellcheck disable=SC2034 # what the commands use
# shellcheck disable=SC2154 # bin/vfs sets conf


# Each setting is checked by a function that says one line for each problem;
# problem() counts them.

problems=0

problem() {
    echo "vfs: $*" >&2
    problems=$((problems + 1))
}

is_number() {
    case $1 in
    '' | *[!0-9]* | ??????????*) return 1 ;;
    esac

    [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]
}

# What nginx's configuration can hold without quoting.

is_plain() {
    case $1 in
    *[!A-Za-z0-9/._+,:=@%~-]*) return 1 ;;
    esac
}

check_path() {
    if ! is_plain "$2"; then
        problem "$1 is \"$2\", expected a path of letters, digits and" \
            "/._+,:=@%~- only (nginx reads it), for example $3"
    fi
}

check_index_host() {
    url=${PINECONE_INDEX_HOST:-http://127.0.0.1:5080}
    expected="expected a URL such as http://127.0.0.1:5080 or \
https://movies-1a2b3c4.svc.us-east-1.pinecone.io"

    case $url in
    http://*)
        index_scheme=http
        index_port=80
        ;;

    https://*)
        index_scheme=https
        index_port=443
        ;;

    *)
        problem "PINECONE_INDEX_HOST is \"$url\", $expected"
        return
        ;;
    esac

    rest=${url#*://}
    index_host=${rest%%/*}
    index_path=${rest#"$index_host"}
    index_path=${index_path%/}

    case $index_host in
    \[*\]:*)
        index_port=${index_host##*:}
        index_name=${index_host%:*}
        ;;

    \[*\])
        index_name=$index_host
        ;;

    *:*)
        index_port=${index_host##*:}
        index_name=${index_host%:*}
        ;;

    *)
        index_name=$index_host
        ;;
    esac

    case ${index_name#\[} in
    '' | *[!A-Za-z0-9.:\]-]*)
        problem "PINECONE_INDEX_HOST is \"$url\", $expected"
        return
        ;;
    esac

    if ! is_number "$index_port" 1 65535 || ! is_plain "$index_path"; then
        problem "PINECONE_INDEX_HOST is \"$url\", $expected"
        return
    fi

    index_address=$index_name:$index_port
}

check_api_key() {
    if [ -n "${PINECONE_API_KEY-}" ] && [ -n "${PINECONE_API_KEY_FILE-}" ]
    then
        problem "PINECONE_API_KEY and PINECONE_API_KEY_FILE are both set," \
            "expected one of them, for example unset PINECONE_API_KEY"

    elif [ -n "${PINECONE_API_KEY_FILE-}" ]; then
        check_path PINECONE_API_KEY_FILE "$PINECONE_API_KEY_FILE" /etc/vfs/key

        if [ ! -f "$PINECONE_API_KEY_FILE" ] \
            || [ ! -r "$PINECONE_API_KEY_FILE" ] \
            || [ ! -s "$PINECONE_API_KEY_FILE" ]
        then
            problem "PINECONE_API_KEY_FILE is \"$PINECONE_API_KEY_FILE\"," \
                "expected a readable file with the key in its first line," \
                "for example PINECONE_API_KEY_FILE=/etc/vfs/key"
        fi

    elif [ -n "${PINECONE_API_KEY-}" ]; then

        case $PINECONE_API_KEY in
        *[![:graph:]]*)
            problem "PINECONE_API_KEY holds white space or control" \
                "characters, expected a key such as pcsk_..."
            ;;
        esac

    elif [ "${index_scheme-}" = https ]; then
        problem "PINECONE_API_KEY is not set, expected a key for" \
            "${PINECONE_INDEX_HOST}, for example PINECONE_API_KEY=pcsk_..."
    fi
}

check_gateway() {
    bind=${VFS_BIND:-127.0.0.1}
    port=${VFS_PORT:-8080}
    workers=${VFS_WORKERS:-auto}

    if ! is_number "$port" 1 65535; then
        problem "VFS_PORT is \"$port\", expected a port from 1 to 65535," \
            "for example VFS_PORT=8080"
    fi

    case $bind in
    \[*\]) bind=${bind#\[} bind=${bind%\]} ;;
    esac

    case $bind in
    *[!0-9A-Fa-f.:]* | '')
        problem "VFS_BIND is \"$bind\", expected an IP address, for example" \
            "VFS_BIND=127.0.0.1"
        ;;

    *:*)
        bind=[$bind]
        ;;
    esac

    if [ "$workers" != auto ] && ! is_number "$workers" 1 1024; then
        problem "VFS_WORKERS is \"$workers\", expected auto or a number from" \
            "1 to 1024, for example VFS_WORKERS=2"
    fi

    case ${VFS_STATS_ALLOW-} in
    *[!0-9A-Fa-f.:/\ ]*)
        problem "VFS_STATS_ALLOW is \"$VFS_STATS_ALLOW\", expected addresses" \
            "or networks with blanks between, for example" \
            "VFS_STATS_ALLOW='10.0.0.0/8 fd00::/8'"
        ;;
    esac
}

# The gateway's logs: a directory, or "-" for standard output and error.

check_log_dir() {
    log_dir=${VFS_LOG_DIR:-$data/nginx}

    if [ -z "${VFS_LOG_DIR-}" ] || [ "$log_dir" = - ]; then
        return
    fi

    case $log_dir in
    /*) ;;
    *) log_dir=$PWD/$log_dir ;;
    esac

    if ! is_plain "$log_dir"; then
        check_path VFS_LOG_DIR "$log_dir" VFS_LOG_DIR=/var/log/vfs

    elif [ ! -d "$log_dir" ] || [ ! -w "$log_dir" ]; then
        problem "VFS_LOG_DIR is \"$log_dir\", expected a directory that" \
            "$(id -un) can write, or -, for example VFS_LOG_DIR=/var/log/vfs"
    fi
}

find_data() {
    if [ -n "${VFS_DATA-}" ]; then
        data=$VFS_DATA

    elif [ "$(id -u)" -eq 0 ]; then
        data=/var/lib/vfs

    else
        data=${XDG_STATE_HOME:-${HOME-}/.local/state}/vfs
    fi

    case $data in
    /*) ;;
    *) data=$PWD/$data ;;
    esac
}

check_data() {
    find_data
    check_path VFS_DATA "$data" VFS_DATA=/var/lib/vfs

    if [ -e "$data" ] && { [ ! -d "$data" ] || [ ! -w "$data" ]; }; then
        problem "VFS_DATA is \"$data\", expected a directory that $(id -un)" \
            "can write, for example VFS_DATA=/var/lib/vfs"
    fi
}

check_definition() {
    definition=${VFS_DEFINITION:-$conf/features.json}

    if [ ! -f "$definition" ] || [ ! -r "$definition" ]; then
        problem "VFS_DEFINITION is \"$definition\", expected a readable" \
            "file, for example VFS_DEFINITION=$conf/features.json"
    fi
}

stop_if_wrong() {
    if [ "$problems" -gt 0 ]; then
        exit 1
    fi
}

# For a program that needs no secret of the environment.

forget_secrets() {
    unset PINECONE_API_KEY VFS_MODEL_API_KEY

    for name in $(env | sed -n 's/^\(VFS_KAFKA_[A-Z0-9_]*\)=.*/\1/p'); do
        unset "$name"
    done
}

make_data() {
    mkdir -p "$1" || die "cannot create $1, see VFS_DATA"
}


# Where to connect to what listens on $1.

connect_address() {
    case $1 in
    '' | 0.0.0.0) echo 127.0.0.1 ;;
    \[::\]) echo '[::1]' ;;
    *) echo "$1" ;;
    esac
}

# Every answer but a refused connection means that somebody listens.

port_in_use() {
    curl -s -g -o /dev/null --noproxy '*' --max-time 2 "http://$1:$2/"

    [ $? -ne 7 ]
}

check_port_free() {
    if port_in_use "$(connect_address "$bind")" "$port"; then
        die "port $port of $bind is in use, choose another, for example" \
            "VFS_PORT=$((port % 65535 + 1))"
    fi
}


# The worker reads its own settings; these defaults depend on where vfs is and
# where the gateway listens.

use_defaults() {
    stats_url=http://$(connect_address "$bind"):$port/stats/ingest

    export VFS_DATA="$data" VFS_DEFINITION="$definition"
    export VFS_STATS_URL="${VFS_STATS_URL-$stats_url}"
}
