# Calls to the REST API; to be sourced after common.sh.
# shellcheck shell=bash

BASE_URL=${BASE_URL:-http://localhost:3000}
BASE_URL=${BASE_URL%/}
TOKEN=  # the access token that calls carry, when set
STATUS= # the status of the last answer; 000 when there was none
BODY=   # its body
HTTP_HEADERS=$(mktemp) || die "no temporary file could be made"

# http METHOD PATH [BODY [CONTENT-TYPE]]: the answer is in STATUS and BODY, its headers in the file HTTP_HEADERS.
# The token and the body reach curl by file descriptors, for everybody may read a command line.
http() {
    local method=$1 path=$2 type=${4:-application/json} answer
    local options=(--silent --show-error --max-time 30 --request "$method" --dump-header "$HTTP_HEADERS"
        --write-out '\n%{http_code}')
    [ $# -gt 2 ] && options+=(--header "Content-Type: $type" --data-binary @-)
    answer=$(printf '%s' "${3:-}" | curl "${options[@]}" --config <(http_token) "$BASE_URL$path" 2>/dev/null) || true
    STATUS=${answer##*$'\n'}
    BODY=${answer%$'\n'*}
    [ -n "$STATUS" ] || STATUS=000
}

http_token() {
    [ -z "$TOKEN" ] || printf 'header = "Authorization: Bearer %s"\n' "$TOKEN"
}

# A value of the last answer, or nothing where it is not there.
field() {
    jq -r "($1) // empty" <<<"$BODY" 2>/dev/null || true
}

# What may be shown of an answer: never its body, which may hold a token.
http_summary() {
    printf '%s %s' "$STATUS" "$(field '[.code, .message, (.errors // [] | map(.field + ": " + .message) | join("; "))] | map(select(. != null and . != "")) | join(" | ")')"
}

# A JSON object of strings: json_of KEY VALUE [KEY VALUE]... The values reach jq by its standard input.
json_of() {
    printf '%s\x1f' "$@" | jq -Rsc 'split("\u001f")[:-1] | [range(0; length; 2) as $i | {key: .[$i], value: .[$i + 1]}] | from_entries'
}
