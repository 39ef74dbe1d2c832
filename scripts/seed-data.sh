#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Fills a running server with people who talk to each other, through the public API.
#
#   BASE_URL=http://localhost:3000 scripts/seed-data.sh [--users N] [--messages N] [--reset]
#
#   --users N      how many people, seed-1 to seed-N (2 to 100; 5 when not given)
#   --messages N   how many messages in their group (0 to 10000; 20 when not given)
#   --reset        first removes the people and the group that an earlier run made
#
# Running it again adds only what is missing. All of them have one password: SEED_PASSWORD, or else one that is made
# up on the first run and kept, readable by you alone, in ${XDG_STATE_HOME:-~/.local/state}/confab/seed-password.
set -euo pipefail
cd "$(dirname "$0")"
. lib/common.sh
. lib/http.sh

API=/api/v1
GROUP_NAME="Seed: everyone"
USERS=5
MESSAGES=20
RESET=
PASSWORD=
IDS=()    # of the people, by number
TOKENS=() # their access tokens
LINES=("Good morning, everybody." "Has anyone seen the minutes of Tuesday?" "They are in the shared folder."
    "Thank you! Shall we move the meeting to eleven?" "Eleven is fine with me." "With me too."
    "I will bring the figures." "See you then. 👋")

usage() { sed -n '3,/^set /s/^# \{0,1\}//p' "${0##*/}"; }

number() { # OPTION VALUE LOW HIGH
    if [[ $2 =~ ^[0-9]{1,6}$ ]] && ((10#$2 >= $3 && 10#$2 <= $4)); then
        echo "$((10#$2))"
    else
        die "$1 takes a number from $3 to $4"
    fi
}

# A call that must succeed; a server that is asked too fast says how long to wait.
call() {
    http "$@"
    while [ "$STATUS" = 429 ]; do
        sleep "$(awk 'tolower($1) == "retry-after:" { print $2 + 0; found = 1 } END { if (!found) print 1 }' "$HTTP_HEADERS")"
        http "$@"
    done
}

must() {
    call "$@"
    case $STATUS in
        2*) ;;
        000) die "no server answers at $BASE_URL" ;;
        *) die "$1 $2: $(http_summary)" ;;
    esac
}

find_password() {
    local file=${XDG_STATE_HOME:-$HOME/.local/state}/confab/seed-password
    PASSWORD=${SEED_PASSWORD:-}
    if [ -n "$PASSWORD" ]; then return; fi
    if [ ! -s "$file" ]; then
        mkdir -p "$(dirname "$file")"
        (umask 077 && random_hex 12 >"$file")
    fi
    PASSWORD=$(<"$file")
    echo "password: in $file"
}

# Signs person NUMBER up, or in when there already.
enter() {
    local number=$1 username="seed-$1"
    TOKEN=
    call POST $API/auth/register "$(json_of username "$username" name "Seed $number" password "$PASSWORD")"
    case $STATUS in
        201 | 409) ;;
        000) die "no server answers at $BASE_URL" ;;
        *) die "registering $username: $(http_summary)" ;;
    esac
    sign_in "$username"
    IDS[number]=$(field .data.user.id)
    TOKENS[number]=$TOKEN
}

sign_in() {
    TOKEN=
    call POST $API/auth/login "$(json_of username "$1" password "$PASSWORD")"
    [ "$STATUS" != 401 ] || die "$1 exists and has another password: set SEED_PASSWORD to the one of the earlier run"
    [ "$STATUS" = 200 ] || die "login of $1: $(http_summary)"
    TOKEN=$(field .data.accessToken)
}

# The id of the group, as person 1 sees it, or nothing.
find_group() {
    local path="$API/conversations?limit=100" cursor=
    TOKEN=${TOKENS[1]}
    while :; do
        must GET "$path$cursor"
        GROUP=$(jq -r --arg name "$GROUP_NAME" --arg owner "${IDS[1]}" \
            '[.data[] | select(.name == $name and .ownerId == $owner) | .id][0] // empty' <<<"$BODY")
        [ -z "$GROUP" ] || return 0
        [ "$(field .pagination.hasMore)" = true ] || return 0
        cursor="&cursor=$(field '.pagination.nextCursor | @uri')"
    done
}

reset() {
    local username names=() cursor=
    enter 1
    find_group
    [ -z "$GROUP" ] || must DELETE "$API/conversations/$GROUP"
    while :; do
        must GET "$API/users?search=seed-&limit=100$cursor"
        mapfile -t -O "${#names[@]}" names < <(field '.data[].username | select(test("^seed-[0-9]+$"))')
        [ "$(field .pagination.hasMore)" = true ] || break
        cursor="&cursor=$(field '.pagination.nextCursor | @uri')"
    done
    for username in "${names[@]}"; do
        sign_in "$username"
        must DELETE $API/users/me "$(json_of password "$PASSWORD")"
    done
    echo "removed:  ${#names[@]} users, $([ -n "$GROUP" ] && echo 1 || echo 0) group"
}

make_people() {
    local number
    for number in $(seq "$USERS"); do enter "$number"; done
    echo "users:    seed-1 to seed-$USERS"
}

make_group() {
    local everybody
    everybody=$(jq -nc '$ARGS.positional' --args "${IDS[@]}")
    find_group
    if [ -n "$GROUP" ]; then
        must POST "$API/conversations/$GROUP/participants" "{\"userIds\":$everybody}"
    else
        must POST $API/conversations "{\"name\":\"$GROUP_NAME\",\"participantIds\":$everybody}"
        GROUP=$(field .data.id)
    fi
    talk "$GROUP" "$MESSAGES" "${!IDS[@]}"
    echo "group:    $GROUP_NAME ($GROUP), $MESSAGES messages"
}

make_direct_conversations() {
    local number
    for number in "${!IDS[@]}"; do
        [ "$number" -ne 1 ] || continue
        TOKEN=${TOKENS[1]}
        must PUT "$API/conversations/direct/${IDS[number]}"
        talk "$(field .data.id)" 2 1 "$number"
    done
    echo "direct:   $((USERS - 1)) conversations of seed-1, 2 messages each"
}

# talk CONVERSATION COUNT PERSON...: they speak in turn. The ids of the messages follow from the conversation's, so
# that a message which is there already is not sent twice.
talk() {
    local conversation=$1 count=$2 number id
    shift 2
    local people=("$@")
    for ((number = 0; number < count; number++)); do
        printf -v id '%s%012x' "${conversation:0:24}" "$number"
        TOKEN=${TOKENS[${people[number % ${#people[@]}]}]}
        call POST "$API/conversations/$conversation/messages" \
            "$(json_of id "$id" content "${LINES[number % ${#LINES[@]}]}")"
        case "$STATUS $(field .code)" in
            "200 " | "201 ") ;;
            "409 MESSAGE_ID_TAKEN") ;; # there already, said by somebody else when the people were more or fewer
            *) die "sending a message: $(http_summary)" ;;
        esac
    done
}

while [ $# -gt 0 ]; do
    case $1 in
        --users)
            USERS=$(number "$1" "${2:-}" 2 100)
            shift
            ;;
        --messages)
            MESSAGES=$(number "$1" "${2:-}" 0 10000)
            shift
            ;;
        --reset) RESET=yes ;;
        -h | --help) usage && exit 0 ;;
        *) die "unknown option '$1'; see $0 --help" ;;
    esac
    shift
done

need_curl_and_jq
trap 'rm -f "$HTTP_HEADERS"' EXIT
find_password
[ -z "$RESET" ] || reset
make_people
make_group
make_direct_conversations
