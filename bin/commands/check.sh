# shellcheck shell=sh
#
# vfs check: every line is one finding; a problem comes with its remedy.

# shellcheck disable=SC2154 # bin/vfs and settings.sh set programs, bind and the
# like


check_programs() {
    for program in vfs-ingest vfs-index vfs-train; do
        if [ ! -x "$programs/$program" ]; then
            problem "$programs/$program is missing: build it, make"
        fi
    done

    if [ ! -r "$module" ]; then
        problem "$module is missing: build it, make"
    fi

    if ! command -v nginx >/dev/null; then
        problem "no nginx here: install it, apt-get install nginx"
    fi
}

# The worker knows more of the index, Kafka and the definition: it asks them.

check_worker() {
    answer=$("$programs/vfs-ingest" --check 2>&1)
    status=$?

    if [ "$status" -eq 0 ]; then
        echo "worker: settings, definition, index and Kafka are right"
        return
    fi

    before=$problems

    while read -r line; do
        case $line in
        'vfs-ingest: '*) problem "${line#vfs-ingest: }" ;;
        esac
    done <<END
$answer
END

    # it did not come to its own checks: a library is missing, a crash

    if [ "$problems" -eq "$before" ]; then
        problem "$programs/vfs-ingest --check ended with status $status:" \
            "$(printf '%s' "${answer:-no output}" | tr '\n' ' ')"
    fi
}

check_gateway_answers() {
    address=$(connect_address "$bind"):$port

    status=$(curl -s -g -o /dev/null -w '%{http_code}' --noproxy '*' \
        --max-time 10 "http://$address/readyz")

    case $status in
    200)
        echo "gateway: http://$address/ answers"
        ;;

    000)
        problem "gateway: http://$address/ does not answer: start it," \
            "vfs gateway, or correct VFS_BIND and VFS_PORT"
        ;;

    503)
        problem "gateway: http://$address/ answers, but is not ready: see its" \
            "log and the index"
        ;;

    *)
        problem "gateway: http://$address/readyz answers $status: something" \
            "else may listen there, choose another VFS_PORT"
        ;;
    esac
}

run_check() {
    check_index_host
    check_api_key
    check_gateway
    check_data
    check_definition
    check_path "the path of vfs" "$top" /opt/vfs
    check_programs

    if [ "$problems" -gt 0 ]; then
        echo "$problems problems; nothing else is tried before they are" \
            "mended" >&2
        exit 1
    fi

    use_defaults
    check_worker
    check_gateway_answers
    stop_if_wrong
}
