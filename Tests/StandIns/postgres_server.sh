#!/bin/sh
# A PostgreSQL server of a test's own: data and socket in a temporary folder, gone when standard input closes. It listens
# on 127.0.0.1 too when a port is given.
# Prints the folder when it accepts connections. The line "restart" on standard input stops it as a crash would and
# starts it again; "done" is printed then.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)

as_server() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

cd /tmp
folder=$(as_server mktemp -d /tmp/sluice-pg.XXXXXX)
finish() {
    as_server "$bin/pg_ctl" -D "$folder/data" -m immediate stop > /dev/null 2>&1 || true
    rm -rf "$folder"
}
trap finish EXIT
printf 'secret' | as_server tee "$folder/password" > /dev/null
as_server "$bin/initdb" -D "$folder/data" -U sluice --auth=scram-sha-256 --pwfile="$folder/password" \
    -E UTF8 --locale=C --no-sync > "$folder/initdb.log" 2>&1

addresses=${1:+127.0.0.1}
start() {
    as_server "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" \
        -o "-c listen_addresses='$addresses' -c port=${1:-5432} -c unix_socket_directories='$folder' -c max_connections=50" start > /dev/null
}
start "$@"
echo "$folder"
while read -r command; do
    if [ "$command" = restart ]; then
        as_server "$bin/pg_ctl" -D "$folder/data" -m immediate stop > /dev/null
        start "$@"
        echo done
    fi
done
