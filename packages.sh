#!/bin/sh
#
# Installs with apt the Debian packages that are missing; asks the network
# nothing if none is.
#
#   packages.sh NAME[:COMMAND]...
#
# With a COMMAND, whatever brings that command will do in the package's place.

set -eu


missing_packages() {
    names=''

    for package; do
        names="$names ${package%%:*}"
    done

    # shellcheck disable=SC2086 # a list of words
    installed=$(dpkg-query -W -f '${db:Status-Status}=${Package} ' $names \
        2>/dev/null) || :

    for package; do
        name=${package%%:*}

        case " $installed" in
        *" installed=$name "*) continue ;;
        esac

        if [ "$name" != "$package" ] \
            && command -v "${package#*:}" >/dev/null
        then
            continue
        fi

        printf ' %s' "$name"
    done
}


# While packages are unpacked, invoke-rc.d asks policy-rc.d whether a service
# may start: nginx would take port 80.

install_packages() {
    policy=/usr/sbin/policy-rc.d

    if [ ! -e "$policy" ]; then
        trap 'rm -f "$policy"' EXIT
        trap 'exit 1' HUP INT TERM
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi

    export DEBIAN_FRONTEND=noninteractive

    apt-get -q -o DPkg::Lock::Timeout=300 update
    apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends \
        "$@"
}


if [ "${1-}" = --install ]; then
    shift
    install_packages "$@"
    exit
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "packages.sh: no apt here; install what Debian 12 calls: $*" >&2
    exit 1
fi

missing=$(missing_packages "$@")

if [ -z "$missing" ]; then
    exit 0
fi

echo "installing$missing"

# shellcheck disable=SC2086 # a list of words
if [ "$(id -u)" -eq 0 ]; then
    sh "$0" --install $missing

elif command -v sudo >/dev/null; then
    sudo sh "$0" --install $missing

else
    cat >&2 <<END
packages.sh: missing packages are installed by root or with sudo; you are not
root and there is no sudo.  As root, run:
    apt-get install --no-install-recommends$missing
END
    exit 1
fi
