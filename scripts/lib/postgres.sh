# A PostgreSQL for tests; to be sourced after common.sh. postgres_up finds or starts a server where databases may be
# created and exports its address as TEST_DATABASE_URL; postgres_down stops what postgres_up started, and nothing else.
# shellcheck shell=bash

PG_DIR=       # the temporary directory of the server we started
PG_BIN=       # the folder of initdb and pg_ctl
PG_USER=      # who runs it when we are root, for PostgreSQL refuses root
PG_CONTAINER= # the container we started

postgres_up() {
    if [ -n "${TEST_DATABASE_URL:-}" ]; then
        say "PostgreSQL: the server named by TEST_DATABASE_URL"
    elif pg_local_server; then
        say "PostgreSQL: the one running here, which asks for no password"
    elif pg_start_private; then
        say "PostgreSQL: a private server, in $PG_DIR"
    elif pg_install && pg_start_private; then
        say "PostgreSQL: a private server, in $PG_DIR"
    elif pg_start_container; then
        say "PostgreSQL: a container"
    else
        say "PostgreSQL could not be had: no TEST_DATABASE_URL, no server here that asks for no password, no initdb and"
        say "pg_ctl, no package manager that may be used (root is needed), and no Docker that runs."
        return 1
    fi
    export TEST_DATABASE_URL
    pg_reachable || {
        say "PostgreSQL does not answer at the address in TEST_DATABASE_URL"
        return 1
    }
}

postgres_down() {
    if [ -n "$PG_CONTAINER" ]; then
        docker rm --force --volumes "$PG_CONTAINER" >/dev/null 2>&1 || true
        PG_CONTAINER=
    fi
    if [ -n "$PG_DIR" ]; then
        if [ -f "$PG_DIR/data/postmaster.pid" ]; then
            pg_as_owner "$PG_BIN/pg_ctl" -D "$PG_DIR/data" -m immediate -w stop >/dev/null 2>&1 || true
        fi
        rm -rf -- "$PG_DIR"
        PG_DIR=
    fi
}

# The address of another database on the server of the tests.
postgres_url_of() {
    local database=$1
    [[ $TEST_DATABASE_URL =~ ^(postgres(ql)?://[^/?]*)(/[^?]*)?(\?.*)?$ ]] || die "TEST_DATABASE_URL is no postgres:// address"
    printf '%s/%s%s' "${BASH_REMATCH[1]}" "$database" "${BASH_REMATCH[4]:-}"
}

# Runs one statement on the server of the tests.
postgres_sql() {
    local statement=$1 url=$TEST_DATABASE_URL password=${PGPASSWORD:-}
    if [ -n "$PG_CONTAINER" ]; then
        docker exec "$PG_CONTAINER" psql -U postgres -v ON_ERROR_STOP=1 -qAtc "$statement"
        return
    fi
    # The password goes by the environment: everybody may read a command line.
    if [[ $url =~ ^(postgres(ql)?://[^:@/]*):([^@/]*)@(.*)$ ]]; then
        printf -v password '%b' "${BASH_REMATCH[3]//%/\\x}"
        url="${BASH_REMATCH[1]}@${BASH_REMATCH[4]}"
    fi
    PGPASSWORD=$password PGCONNECT_TIMEOUT=10 "$(pg_tool psql)" -w -X -d "$url" -v ON_ERROR_STOP=1 -qAtc "$statement"
}

pg_reachable() {
    [ -n "$(pg_tool psql)" ] || [ -n "$PG_CONTAINER" ] ||
        need_command psql postgresql-client postgresql postgresql-client libpq
    postgres_sql 'select 1' >/dev/null
}

# A tool of PostgreSQL: on the PATH, or in one of the places that packages use.
pg_tool() {
    local tool=$1 candidate
    if [ -n "$PG_BIN" ] && [ -x "$PG_BIN/$tool" ]; then
        echo "$PG_BIN/$tool"
    elif have "$tool"; then
        command -v "$tool"
    else
        for candidate in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql* \
            /opt/homebrew/opt/{libpq,postgresql*}/bin /usr/local/opt/{libpq,postgresql*}/bin; do
            [ -x "$candidate/$tool" ] && echo "$candidate/$tool"
        done | sort -V | tail -n 1
    fi
}

pg_local_server() {
    local user may
    [ -n "$(pg_tool psql)" ] || return 1
    for user in postgres "$(id -un)"; do
        may=$(PGPASSWORD='' PGPASSFILE=/dev/null PGCONNECT_TIMEOUT=3 "$(pg_tool psql)" -w -X \
            -d "postgres://$user@127.0.0.1:5432/postgres" \
            -Atc 'select rolsuper or rolcreatedb from pg_roles where rolname = current_user' 2>/dev/null) || continue
        if [ "$may" = t ]; then
            TEST_DATABASE_URL="postgres://$user@127.0.0.1:5432/postgres"
            return
        fi
    done
    return 1
}

# Durability is not what the tests ask of the private server; it is thrown away.
pg_settings() {
    echo 'fsync = off'
    echo 'synchronous_commit = off'
    echo 'full_page_writes = off'
}

pg_start_private() {
    local initdb password port
    initdb=$(pg_tool initdb)
    [ -n "$initdb" ] || return 1
    PG_BIN=$(dirname "$(readlink -f "$initdb")")
    [ -x "$PG_BIN/pg_ctl" ] || return 1
    if is_root; then
        PG_USER=$(pg_unprivileged_user) || return 1
    fi
    PG_DIR=$(mktemp -d "${TMPDIR:-/tmp}/confab-postgres.XXXXXX") || return 1
    password=$(random_hex 16)
    printf '%s\n' "$password" >"$PG_DIR/password"
    if [ -n "$PG_USER" ]; then chown -R "$PG_USER" "$PG_DIR"; fi
    if ! pg_as_owner "$PG_BIN/initdb" -D "$PG_DIR/data" -U postgres --pwfile="$PG_DIR/password" --auth=password \
        --encoding=UTF8 --locale=C --no-sync >"$PG_DIR/initdb.log" 2>&1; then
        tail -n 5 "$PG_DIR/initdb.log" >&2
        postgres_down
        return 1
    fi
    cat >>"$PG_DIR/data/postgresql.conf" <<SETTINGS
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
$(pg_settings)
SETTINGS
    for _ in 1 2 3; do
        port=$(free_port)
        if pg_as_owner "$PG_BIN/pg_ctl" -D "$PG_DIR/data" -l "$PG_DIR/server.log" -o "-p $port" -w -t 60 start \
            >/dev/null 2>&1; then
            TEST_DATABASE_URL="postgres://postgres:$password@127.0.0.1:$port/postgres"
            return
        fi
    done
    tail -n 5 "$PG_DIR/server.log" >&2
    postgres_down
    return 1
}

pg_unprivileged_user() {
    local user
    for user in postgres nobody; do
        if id "$user" >/dev/null 2>&1; then
            echo "$user"
            return
        fi
    done
    return 1
}

# Runs a command as the owner of the private server. From /, for that user need not see the present directory.
pg_as_owner() {
    if [ -z "$PG_USER" ]; then
        "$@"
    elif have runuser; then
        (cd / && runuser -u "$PG_USER" -- "$@")
    else
        (cd / && su -s /bin/sh "$PG_USER" -c "$(printf '%q ' "$@")")
    fi
}

pg_install() {
    local switch=/etc/postgresql-common/createcluster.d/confab-tests.conf done=0
    # Debian's package would make and start a server of its own; tell it not to while it is being installed.
    if is_root && have apt-get; then
        mkdir -p "$(dirname "$switch")"
        echo 'create_main_cluster = false' >"$switch"
    fi
    install_packages postgresql "postgresql-server postgresql" "postgresql postgresql-client" postgresql@17 || done=1
    rm -f "$switch"
    return "$done"
}

pg_start_container() {
    local password port
    have docker && docker info >/dev/null 2>&1 || return 1
    password=$(random_hex 16)
    PG_CONTAINER=$(POSTGRES_PASSWORD=$password docker run --detach --rm --env POSTGRES_PASSWORD \
        --publish 127.0.0.1::5432 postgres:17-alpine \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300) || return 1
    for _ in $(seq 60); do
        # By TCP: while it sets itself up, it listens on its socket file only.
        if docker exec "$PG_CONTAINER" pg_isready -q -h 127.0.0.1 -U postgres; then
            port=$(docker port "$PG_CONTAINER" 5432/tcp | head -n 1)
            TEST_DATABASE_URL="postgres://postgres:$password@127.0.0.1:${port##*:}/postgres"
            return
        fi
        sleep 1
    done
    postgres_down
    return 1
}
