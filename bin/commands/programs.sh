# shellcheck shell=sh
#
# vfs ingest, index, train, copy: each becomes its program.

# shellcheck disable=SC2154 # bin/vfs and settings.sh set programs, bind and the
# like


become() {
    program=$programs/$1
    shift

    if [ ! -x "$program" ]; then
        die "$program is missing: build it, make"
    fi

    exec "$program" "$@"
}

run_ingest() {
    check_index_host
    check_api_key
    check_gateway
    check_data
    check_definition
    stop_if_wrong

    make_data "$data"
    use_defaults

    become vfs-ingest "$@"
}

run_index() {
    check_index_host
    check_data
    stop_if_wrong

    case $index_scheme://$index_name in
    http://127.* | http://localhost | http://\[::1\])
        listen=$index_address
        ;;

    *)
        listen=127.0.0.1:5080
        ;;
    esac

    make_data "$data/index"
    forget_secrets

    become vfs-index --listen "$listen" --data "$data/index" "$@"
}

run_train() {
    check_gateway
    check_definition
    find_data
    stop_if_wrong

    gateway=http://$(connect_address "$bind"):$port

    export VFS_DATA="$data" VFS_DEFINITION="$definition"
    export VFS_GATEWAY_URL="${VFS_GATEWAY_URL:-$gateway}"
    export VFS_STATS_URL="${VFS_STATS_URL-$gateway/stats/ingest}"

    become vfs-train "$@"
}

run_copy() {
    become vfs-copy "$@"
}
