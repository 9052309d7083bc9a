# shellcheck shell=sh
#
# vfs gateway: renders nginx's configuration and becomes nginx.

# shellcheck disable=SC2154 # bin/vfs and settings.sh set programs, bind and the
# like


# nginx started by root runs its workers as www-data, unless the page or the
# data are where www-data may not look (a clone in /root).

as_www_data() {
    setpriv --reuid www-data --regid www-data --clear-groups "$@" 2>/dev/null
}

gateway_user() {
    if [ "$(id -u)" -ne 0 ]; then
        return
    fi

    if as_www_data test -r "$html/index.html" \
        && as_www_data test -x "$run"
    then
        echo 'user www-data;'

    else
        echo "vfs: www-data cannot read $html or $run: nginx's workers run" \
            "as root" >&2
        echo 'user root;'
    fi
}

gateway_key() {
    if [ -n "${PINECONE_API_KEY_FILE-}" ]; then
        echo "vfs_api_key_file $(readlink -f "$PINECONE_API_KEY_FILE");"

    elif [ -n "${PINECONE_API_KEY-}" ]; then
        rm -f "$run/api-key"
        (umask 077 && printf '%s\n' "$PINECONE_API_KEY" >"$run/api-key") \
            || return 1
        echo "vfs_api_key_file $run/api-key;"
    fi
}

# Who else may post counters, in a file that vfs.conf includes.

gateway_allow() {
    set -f

    # shellcheck disable=SC2086 # a list of words
    for network in ${VFS_STATS_ALLOW-}; do
        echo "allow $network;"
    done >"$run/vfs-stats-allow.conf"

    set +f
}

# Where the definition's vectors are: what is switched with VFS_DEFINITION.

gateway_namespaces() {
    while read -r name value; do

        case $name in
        *_namespace) printf 'vfs_%s %s; ' "$name" "$value" ;;
        esac
    done <<END
$1
END
}

# One sed expression that puts the value of $2 for @$1@.

replace() {
    printf 's|@%s@|%s|g\n' "$1" \
        "$(printf '%s' "$2" | sed 's/[&|\\]/\\&/g')"
}

render_gateway() {
    user_directive=$(gateway_user)
    api_key_directive=$(gateway_key) || die "cannot write $run/api-key"

    ca=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
    name=${index_name#\[}
    error_log=$log_dir/error.log
    access_log=$log_dir/access.log

    if [ "$log_dir" = - ]; then
        error_log=stderr
        access_log=/dev/stdout
    fi

    gateway_allow || die "cannot write $run/vfs-stats-allow.conf"

    {
        replace user_directive "$user_directive"
        replace workers "$workers"
        replace module "$module"
        replace run "$run"
        replace error_log "$error_log"
        replace access_log "$access_log"
        replace conf "$conf"
        replace html "$html"
        replace listen "$bind:$port"
        replace index_address "$index_address"
        replace index_scheme "$index_scheme"
        replace index_name "${name%\]}"
        replace index_host "$index_host"
        replace index_path "$index_path"
        replace index_ca "$ca"
        replace api_key_directive "$api_key_directive"
        replace namespaces "$(gateway_namespaces "$facts")"
    } >"$run/render.sed"

    if ! sed -f "$run/render.sed" "$conf/nginx.conf.in" >"$run/nginx.conf"
    then
        die "cannot write $run/nginx.conf"
    fi

    rm -f "$run/render.sed"

    if grep -q '^[^#]*@[a-z_]*@' "$run/nginx.conf"; then
        die "$conf/nginx.conf.in asks for a value that vfs does not have"
    fi
}

# What vfs-train says of the definition, in $facts.

read_definition() {
    if [ ! -x "$programs/vfs-train" ]; then
        die "$programs/vfs-train is missing: build it, make"
    fi

    facts=$("$programs/vfs-train" definition "$definition") || exit 1
}

# Renders the configuration anew and lets the running nginx take it: what is
# being answered is answered by the old one.

reload_gateway() {
    if [ ! -s "$run/nginx.pid" ]; then
        die "no gateway runs in $run: start it, vfs gateway"
    fi

    cp "$run/nginx.conf" "$run/nginx.conf.before" \
        || die "cannot write $run/nginx.conf.before"
    render_gateway

    if ! nginx -q -t -p "$run" -c "$run/nginx.conf" -e stderr; then
        mv "$run/nginx.conf.before" "$run/nginx.conf"
        die "nginx refuses the new configuration, the old one goes on"
    fi

    rm -f "$run/nginx.conf.before"

    kill -HUP "$(cat "$run/nginx.pid")" \
        || die "the gateway of $run/nginx.pid cannot be told"
}

run_gateway() {
    case ${1-} in
    '' | --reload) ;;
    *) die "gateway: \"$1\" is unknown, expected nothing or --reload" ;;
    esac

    check_index_host
    check_api_key
    check_gateway
    check_data
    check_log_dir
    check_definition
    check_path "the path of vfs" "$top" /opt/vfs
    stop_if_wrong
    read_definition

    command -v nginx >/dev/null \
        || die "no nginx here: install it, apt-get install nginx"

    run=$data/nginx

    if [ "${1-}" = --reload ]; then
        reload_gateway
        return
    fi

    check_port_free
    make_data "$run"
    render_gateway
    forget_secrets

    exec nginx -p "$run" -c "$run/nginx.conf" -e stderr
}
