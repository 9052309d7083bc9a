# shellcheck shell=sh
#
# vfs health [gateway|ingest|index]: one request; a restart must help if it
# fails, so the gateway is not asked whether it can reach the index.

# shellcheck disable=SC2154 # bin/vfs and settings.sh set programs, bind and the
# like


run_health() {
    part=${1-gateway}

    check_gateway
    check_index_host
    stop_if_wrong

    case $part in

    gateway)
        url=http://$(connect_address "$bind"):$port/healthz
        ;;

    index)
        url=$index_scheme://$index_address/healthz
        ;;

    ingest)
        if [ -z "${VFS_METRICS_ADDRESS-}" ]; then
            die "VFS_METRICS_ADDRESS is not set: the worker answers there," \
                "for example VFS_METRICS_ADDRESS=127.0.0.1:9464"
        fi

        url=http://$(connect_address "${VFS_METRICS_ADDRESS%:*}")
        url=$url:${VFS_METRICS_ADDRESS##*:}/metrics
        ;;

    *)
        die "\"$part\" has no health, expected gateway, ingest or index"
        ;;
    esac

    status=$(curl -s -g -o /dev/null -w '%{http_code}' --noproxy '*' \
        --max-time 5 "$url")

    case $status in
    200) echo "$part: $url answers" ;;
    000) die "$part: $url does not answer within 5 seconds" ;;
    *) die "$part: $url answers $status" ;;
    esac
}
