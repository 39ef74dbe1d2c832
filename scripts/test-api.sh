#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
# Walks through the REST API of a running server and checks what it answers.
#
#   BASE_URL=http://localhost:3000 scripts/test-api.sh
#
# It makes users and conversations with random names and removes its users when done, so it may run again and again.
set -euo pipefail
cd "$(dirname "$0")"
. lib/common.sh
. lib/http.sh
need_curl_and_jq
trap 'rm -f "$HTTP_HEADERS"' EXIT

PASSED=0
FAILED=0
API=/api/v1
RUN=$(random_hex 5)
PASSWORD=$(random_hex 12)
UNKNOWN_ID=00000000-0000-4000-8000-000000000000
declare -A ID=()     # of the people, by first name
declare -A ACCESS=() # their access tokens

pass() {
    PASSED=$((PASSED + 1))
    printf 'ok    %s\n' "$1"
}

fail() {
    FAILED=$((FAILED + 1))
    printf 'FAIL  %s: %s\n' "$1" "$2"
}

# check NAME STATUS [JQ-CONDITION]: about the last answer.
check() {
    local name=$1 status=$2 condition=${3:-true}
    if [ "$STATUS" != "$status" ]; then
        fail "$name" "expected $status, got $(http_summary)"
    elif [ "$condition" != true ] && ! jq -e "$condition" <<<"$BODY" >/dev/null 2>&1; then
        fail "$name" "the answer ($STATUS) does not fulfil: $condition"
    else
        pass "$name"
    fi
}

# refused NAME STATUS CODE: the last answer is this error, in the documented shape.
refused() {
    check "$1" "$2" ".success == false and .statusCode == $2 and .code == \"$3\" and (.message | type == \"string\")
        and (.requestId | type == \"string\") and (.path | type == \"string\") and (.timestamp | endswith(\"Z\"))"
}

# Signs somebody up and in: sets TOKEN, and ID and ACCESS of that name.
sign_up() {
    local name=$1
    TOKEN=
    http POST $API/auth/register "$(json_of username "$name-$RUN" email "$name-$RUN@example.com" password "$PASSWORD")"
    [ "$STATUS" = 201 ] || stop_here "registering $name" 201
    ID[$name]=$(field .data.id)
    sign_in "$name"
}

sign_in() {
    local name=$1
    TOKEN=
    http POST $API/auth/login "$(json_of username "$name-$RUN" password "$PASSWORD")"
    [ "$STATUS" = 200 ] || stop_here "login of $name" 200
    TOKEN=$(field .data.accessToken)
    ACCESS[$name]=$TOKEN
}

# For what all else rests on.
stop_here() {
    fail "$1" "expected $2, got $(http_summary); the rest cannot be checked"
    summary
}

summary() {
    printf '%d passed, %d failed\n' "$PASSED" "$FAILED"
    [ "$FAILED" -eq 0 ] || exit 1
    exit 0
}

people() { # IDS... as a JSON array
    jq -nc '$ARGS.positional' --args "$@"
}

check_health() {
    http GET /health
    [ "$STATUS" != 000 ] || stop_here "the server at $BASE_URL answers" 200
    check "health" 200
    http GET /health/live
    check "health: alive" 200
    http GET /health/ready
    check "health: ready" 200
    http GET /api/openapi.json
    check "the OpenAPI document" 200 '.openapi and .paths'
    http GET /api/asyncapi.json
    check "the AsyncAPI document" 200 '.asyncapi and .channels'
}

check_registration() {
    TOKEN=
    http POST $API/auth/register "$(json_of username "Anna-$RUN" email "Anna-$RUN@example.com" name Anna password "$PASSWORD")"
    check "register" 201 ".success and .data.username == \"anna-$RUN\" and .data.name == \"Anna\" and .data.avatar == null"
    check "register: the answer holds no password" 201 '[.. | objects | keys[] | ascii_downcase | select(contains("password") or contains("hash"))] == []'
    http POST $API/auth/register "$(json_of username "anna-$RUN" password "$PASSWORD")"
    refused "register: the name is taken" 409 USERNAME_TAKEN
    http POST $API/auth/register "$(json_of email "ANNA-$RUN@example.com" password "$PASSWORD")"
    refused "register: the e-mail is taken, in whatever case" 409 EMAIL_TAKEN
    http POST $API/auth/register "$(json_of username "short-$RUN" password 1234567)"
    refused "register: a password of seven characters" 400 VALIDATION_FAILED
    check "register: the error names the field" 400 '[.errors[].field] == ["password"]'
    http POST $API/auth/register "$(json_of password "$PASSWORD")"
    refused "register: neither name nor e-mail" 400 VALIDATION_FAILED
    http POST $API/auth/register "$(json_of username "extra-$RUN" password "$PASSWORD" role admin)"
    refused "register: an unknown key" 400 VALIDATION_FAILED
    http POST $API/auth/register "$(json_of email "mail-$RUN@example.com" password "$PASSWORD")"
    check "register: by e-mail alone, the name is made from it" 201 ".data.username == \"mail-$RUN\""
    http POST $API/auth/register '{"username":'
    refused "register: broken JSON" 400 MALFORMED_JSON
    http POST $API/auth/register "username=x" text/plain
    refused "register: not JSON" 415 UNSUPPORTED_MEDIA_TYPE
    http POST $API/auth/register "{\"username\":\"$(head -c 100000 /dev/zero | tr '\0' x)\"}"
    refused "register: a body of 100 kB" 413 PAYLOAD_TOO_LARGE
}

check_sign_in() {
    TOKEN=
    http POST $API/auth/login "$(json_of username "anna-$RUN" password "$PASSWORD")"
    check "login" 200 '.data | (.accessToken | length > 20) and (.refreshToken | length > 20) and .tokenType == "Bearer" and .expiresIn > 0 and .user.name == "Anna"'
    TOKEN=$(field .data.accessToken)
    local refresh
    refresh=$(field .data.refreshToken)
    http GET $API/auth/sessions
    check "sessions: the present one is marked" 200 '[.data[] | select(.current)] | length == 1'
    TOKEN=
    http POST $API/auth/login "$(json_of email "anna-$RUN@example.com" password "$PASSWORD")"
    check "login by e-mail" 200
    http POST $API/auth/login "$(json_of username "anna-$RUN" password "not-$PASSWORD")"
    refused "login: wrong password" 401 INVALID_CREDENTIALS
    http POST $API/auth/login "$(json_of username "nobody-$RUN" password "$PASSWORD")"
    refused "login: unknown user, the same answer" 401 INVALID_CREDENTIALS
    http POST $API/auth/login "$(json_of username "anna-$RUN")"
    refused "login: no password" 400 VALIDATION_FAILED
    http DELETE $API/auth/login
    refused "login: wrong method" 405 METHOD_NOT_ALLOWED
    check_refresh "$refresh"
}

check_refresh() {
    local first=$1 second access
    http POST $API/auth/refresh "$(json_of refreshToken "$first")"
    check "refresh" 200 '.data.accessToken and .data.refreshToken'
    second=$(field .data.refreshToken)
    http POST $API/auth/refresh "$(json_of refreshToken "$second")"
    check "refresh: the successor works" 200
    access=$(field .data.accessToken)
    http POST $API/auth/refresh "$(json_of refreshToken "$first")"
    refused "refresh: a token spent twice" 401 REFRESH_TOKEN_REUSED
    TOKEN=$access
    http GET $API/users/me
    check "refresh: which ends the session" 401
    TOKEN=
    http POST $API/auth/refresh "$(json_of refreshToken nonsense)"
    check "refresh: nonsense" 401
    sign_in anna
    http POST $API/auth/logout
    check "logout" 204
    http GET $API/users/me
    check "logout: the token is refused" 401
}

check_tokens() {
    TOKEN=
    http GET $API/users/me
    refused "no token" 401 UNAUTHENTICATED
    TOKEN=nonsense
    http GET $API/users/me
    refused "a token that is none" 401 UNAUTHENTICATED
    TOKEN=
    http GET $API/nowhere
    refused "an unknown route" 404 ROUTE_NOT_FOUND
    if grep -qi '^x-request-id: *[A-Za-z0-9._-]' "$HTTP_HEADERS"; then
        pass "answers carry a request id"
    else
        fail "answers carry a request id" "no X-Request-Id"
    fi
}

check_users() {
    sign_up ben
    sign_up cleo
    sign_up dora
    sign_in anna
    http GET $API/users/me
    check "own profile" 200 ".data.email == \"anna-$RUN@example.com\""
    ID[anna]=$(field .data.id)
    http GET "$API/users/${ID[ben]}"
    check "another's profile, without the e-mail" 200 ".data.username == \"ben-$RUN\" and (.data | has(\"email\") | not)"
    check "another's presence" 200 '.data.presence == {"status":"offline","lastSeenAt":null}'
    http GET "$API/users/online?limit=100"
    check "users: who is online, but the caller" 200 ".pagination.limit == 100 and ([.data[].id] | index(\"${ID[anna]}\") == null)"
    http GET "$API/users/online?limit=0"
    refused "users: online, a page too small" 400 VALIDATION_FAILED
    http GET "$API/users?search=cleo-$RUN"
    check "users: search" 200 "[.data[].id] == [\"${ID[cleo]}\"] and .pagination.hasMore == false"
    http GET "$API/users?limit=1"
    check "users: a page" 200 '(.data | length) == 1 and .pagination.limit == 1 and .pagination.hasMore and .pagination.nextCursor'
    http GET "$API/users?limit=1&cursor=$(field .pagination.nextCursor)"
    check "users: the next page" 200 '(.data | length) == 1'
    http GET "$API/users?limit=101"
    refused "users: a page too large" 400 VALIDATION_FAILED
    http GET $API/users/$UNKNOWN_ID
    refused "an unknown user" 404 USER_NOT_FOUND
    http GET $API/users/not-an-id
    refused "a malformed id" 400 VALIDATION_FAILED
    http PATCH $API/users/me '{"name":"Anna B."}'
    check "change the name" 200 '.data.name == "Anna B."'
    http PATCH $API/users/me "$(json_of username "ben-$RUN")"
    refused "change to a name that is taken" 409 USERNAME_TAKEN
    http PATCH $API/users/me '{"email":"no address"}'
    refused "change to an e-mail that is none" 400 VALIDATION_FAILED
    http PUT $API/users/me/password "$(json_of currentPassword "not-$PASSWORD" newPassword "$PASSWORD")"
    refused "change the password: the old one is wrong" 403 WRONG_PASSWORD
    http PUT $API/users/me/password "$(json_of currentPassword "$PASSWORD" newPassword "$PASSWORD")"
    check "change the password" 204
}

check_conversations() {
    TOKEN=${ACCESS[anna]}
    http POST $API/conversations "{\"participantIds\":$(people "${ID[ben]}")}"
    check "a direct conversation" 201 '.data.isGroup == false and .data.ownerId == null and .data.participantCount == 2'
    DIRECT=$(field .data.id)
    http POST $API/conversations "{\"participantIds\":$(people "${ID[ben]}")}"
    check "a direct conversation exists once" 200 ".data.id == \"$DIRECT\""
    TOKEN=${ACCESS[ben]}
    http PUT "$API/conversations/direct/${ID[anna]}"
    check "a direct conversation is the same for both" 200 ".data.id == \"$DIRECT\""
    TOKEN=${ACCESS[anna]}
    http PUT "$API/conversations/direct/${ID[cleo]}"
    check "a direct conversation by PUT" 201
    http PUT "$API/conversations/direct/${ID[anna]}"
    check "a direct conversation with oneself" 400
    http PATCH "$API/conversations/$DIRECT" '{"name":"x"}'
    refused "a direct conversation has no name" 409 DIRECT_CONVERSATION
    http POST $API/conversations "{\"name\":\"Group $RUN\",\"participantIds\":$(people "${ID[ben]}" "${ID[cleo]}")}"
    check "a group" 201 ".data.isGroup and .data.ownerId == \"${ID[anna]}\" and .data.participantCount == 3 and .data.unreadCount == 0"
    GROUP=$(field .data.id)
    http POST $API/conversations '{}'
    refused "neither name nor people" 400 VALIDATION_FAILED
    http POST $API/conversations "{\"name\":\"x\",\"participantIds\":$(people $UNKNOWN_ID)}"
    refused "a group with an unknown person" 404 USER_NOT_FOUND
    http GET $API/conversations
    check "my conversations" 200 "([.data[].id] | index(\"$GROUP\") != null and index(\"$DIRECT\") != null) and .pagination.limit == 50"
    http GET "$API/conversations/$GROUP"
    check "one conversation" 200 ".data.name == \"Group $RUN\""
    http GET $API/conversations/$UNKNOWN_ID
    refused "an unknown conversation" 404 CONVERSATION_NOT_FOUND
    http PATCH "$API/conversations/$GROUP" "{\"name\":\"Renamed $RUN\"}"
    check "rename" 200 ".data.name == \"Renamed $RUN\""
    TOKEN=${ACCESS[dora]}
    http GET "$API/conversations/$GROUP"
    refused "a stranger may not look" 403 FORBIDDEN
    TOKEN=${ACCESS[ben]}
    http PATCH "$API/conversations/$GROUP" '{"name":"Mine"}'
    refused "a member may not rename" 403 FORBIDDEN
}

check_participants() {
    local path="$API/conversations/$GROUP/participants" seq
    TOKEN=${ACCESS[anna]}
    http GET "$path"
    check "participants" 200 '(.data | length) == 3 and ([.data[].role] | sort) == ["member", "member", "owner"]'
    http POST "$path" "$(json_of userId "${ID[dora]}")"
    check "add somebody" 201 '.data.participantCount == 4'
    seq=$(field .data.seq)
    http POST "$path" "{\"userIds\":$(people "${ID[dora]}")}"
    check "add somebody again: nothing changes" 201 ".data.seq == $seq"
    http POST "$path" "{\"userIds\":$(people $UNKNOWN_ID)}"
    refused "add an unknown person" 404 USER_NOT_FOUND
    TOKEN=${ACCESS[ben]}
    http DELETE "$path/${ID[dora]}"
    refused "a member may not remove" 403 FORBIDDEN
    http PATCH "$path/${ID[ben]}" '{"role":"admin"}'
    refused "a member may not change roles" 403 FORBIDDEN
    TOKEN=${ACCESS[anna]}
    http PATCH "$path/${ID[ben]}" '{"role":"admin"}'
    check "make an admin" 200
    http PATCH "$path/${ID[ben]}" '{"role":"king"}'
    refused "an unknown role" 400 VALIDATION_FAILED
    TOKEN=${ACCESS[ben]}
    http DELETE "$path/${ID[anna]}"
    refused "the owner cannot be removed" 409 OWNER_CANNOT_BE_REMOVED
    http DELETE "$path/${ID[dora]}"
    check "an admin removes a member" 204
    TOKEN=${ACCESS[dora]}
    http GET "$API/conversations/$GROUP/messages"
    refused "who was removed is a stranger" 403 FORBIDDEN
    TOKEN=${ACCESS[cleo]}
    http POST "$API/conversations/$GROUP/leave"
    check "leave" 204
    http GET "$API/conversations/$GROUP"
    refused "who left is a stranger" 403 FORBIDDEN
}

new_id() {
    local hex
    hex=$(random_hex 16)
    printf '%s-%s-4%s-8%s-%s' "${hex:0:8}" "${hex:8:4}" "${hex:13:3}" "${hex:17:3}" "${hex:20:12}"
}

check_messages() {
    local path="$API/conversations/$GROUP/messages" id message
    id=$(new_id)
    TOKEN=${ACCESS[anna]}
    http POST "$path" "$(json_of id "$id" content "Hello, wörld 👋")"
    check "send" 201 ".data.id == \"$id\" and .data.content == \"Hello, wörld 👋\" and .data.sender.id == \"${ID[anna]}\" and .data.seq == .data.changedSeq and .data.deletedAt == null"
    message=$(field '.data.seq')
    http POST "$path" "$(json_of id "$id" content "Hello again")"
    check "send again: the stored message" 200 ".data.seq == $message and .data.content == \"Hello, wörld 👋\""
    TOKEN=${ACCESS[ben]}
    http POST "$path" "$(json_of id "$id" content "Mine")"
    refused "send under another's id" 409 MESSAGE_ID_TAKEN
    http POST "$path" "$(json_of content "Answer" replyTo "$id")"
    check "reply" 201 ".data.replyTo == \"$id\" and .data.seq == $((message + 1))"
    TOKEN=${ACCESS[anna]}
    http POST "$path" '{"content":""}'
    refused "an empty message" 400 VALIDATION_FAILED
    http POST "$path" "$(json_of content "$(head -c 4001 /dev/zero | tr '\0' x)")"
    refused "a message of 4001 characters" 400 VALIDATION_FAILED
    http POST "$path" '{}'
    refused "a message without content" 400 VALIDATION_FAILED
    http POST $API/conversations/$UNKNOWN_ID/messages '{"content":"x"}'
    refused "send into an unknown conversation" 404 CONVERSATION_NOT_FOUND
    TOKEN=${ACCESS[dora]}
    http POST "$path" '{"content":"x"}'
    refused "a stranger may not send" 403 FORBIDDEN
    check_revising "$path" "$id"
    check_history "$path"
    check_reading "$path"
    check_changes
}

check_revising() {
    local path=$1 id=$2
    TOKEN=${ACCESS[anna]}
    http PATCH "$path/$id" '{"content":"Edited"}'
    check "edit" 200 '.data.content == "Edited" and .data.editedAt and .data.changedSeq > .data.seq'
    http PATCH "$path/$UNKNOWN_ID" '{"content":"x"}'
    refused "edit an unknown message" 404 MESSAGE_NOT_FOUND
    TOKEN=${ACCESS[ben]}
    http PATCH "$path/$id" '{"content":"x"}'
    refused "edit another's message" 403 FORBIDDEN
    TOKEN=${ACCESS[anna]}
    http DELETE "$path/$id"
    check "delete leaves a tombstone" 200 '.data.content == null and .data.deletedAt and .data.changedSeq > .data.seq'
    http GET "$path"
    check "the tombstone stays in the history" 200 "[.data[] | select(.id == \"$id\") | .content] == [null]"
}

check_history() {
    local path=$1 number middle
    TOKEN=${ACCESS[anna]}
    for number in 1 2 3 4 5; do
        http POST "$path" "$(json_of content "Number $number")"
    done
    check "five more messages" 201
    http GET "$path?limit=2"
    check "history: newest first" 200 '[.data[].content] == ["Number 5", "Number 4"] and .pagination.hasMore'
    http GET "$path?limit=2&before=$(field .pagination.nextCursor)"
    check "history: backwards" 200 '[.data[].content] == ["Number 3", "Number 2"]'
    middle=$(field '.data[1].seq')
    http GET "$path?limit=2&after=$middle"
    check "history: forwards, the page nearest to it" 200 '[.data[].content] == ["Number 4", "Number 3"] and .pagination.hasMore'
    http GET "$path?limit=2&after=$(field .pagination.nextCursor)"
    check "history: forwards to the end" 200 '[.data[].content] == ["Number 5"] and .pagination.hasMore == false'
    http GET "$path?before=$(field '.data[0].id')&limit=1"
    check "history: before a message id" 200 '[.data[].content] == ["Number 4"]'
    http GET "$path?limit=0"
    refused "history: a page of nothing" 400 VALIDATION_FAILED
    http GET "$path?before=nonsense"
    refused "history: a cursor that is none" 400 VALIDATION_FAILED
}

check_reading() {
    local path=$1 last
    TOKEN=${ACCESS[ben]}
    http GET "$API/conversations/$GROUP"
    check "unread messages are counted" 200 '.data.unreadCount == 5 and .data.lastMessage.content == "Number 5"'
    http GET "$path?limit=1"
    last=$(field '.data[0].seq')
    http POST "$API/conversations/$GROUP/read" "{\"seq\":$last}"
    check "read" 200 ".data == {lastReadSeq: $last, unreadCount: 0}"
    http POST "$API/conversations/$GROUP/read" '{"seq":1}'
    check "read: only ever forward" 200 ".data.lastReadSeq == $last"
    http POST "$API/conversations/$GROUP/read" '{}'
    refused "read: neither seq nor message" 400 VALIDATION_FAILED
}

check_changes() {
    local path="$API/conversations/$GROUP/changes" seq
    TOKEN=${ACCESS[ben]}
    http GET "$path?after=0"
    check "changes: in order, none twice" 200 '[.data.changes[].seq] | length > 5 and . == (sort | unique)'
    check "changes: each is what its type says" 200 '[.data.changes[] | has(.type)] | all'
    seq=$(field .data.seq)
    http GET "$path?after=$seq"
    check "changes: nothing after the last" 200 ".data.changes == [] and .data.seq == $seq"
    TOKEN=${ACCESS[dora]}
    http GET "$path?after=0"
    refused "changes: not for strangers" 403 FORBIDDEN
}

check_deleting() {
    TOKEN=${ACCESS[anna]}
    http DELETE "$API/conversations/$DIRECT"
    refused "a direct conversation cannot be deleted" 409 DIRECT_CONVERSATION
    TOKEN=${ACCESS[ben]}
    http DELETE "$API/conversations/$GROUP"
    refused "only the owner deletes a group" 403 FORBIDDEN
    TOKEN=${ACCESS[anna]}
    http DELETE "$API/conversations/$GROUP"
    check "the owner deletes the group" 204
    http GET "$API/conversations/$GROUP"
    refused "the group is gone" 404 CONVERSATION_NOT_FOUND
}

journey_first_conversation() {
    sign_up erik
    pass "journey 1: register and login"
    http POST $API/conversations "{\"name\":\"Erik's\",\"participantIds\":$(people "${ID[ben]}")}"
    check "journey 1: create a conversation" 201 '.data.name == "Erik'"'"'s"'
}

journey_talk() {
    sign_in ben
    pass "journey 2: login"
    http GET $API/conversations
    check "journey 2: conversations" 200 '.data[0].name == "Erik'"'"'s"'
    local path
    path="$API/conversations/$(field '.data[0].id')/messages"
    http POST "$path" '{"content":"Good morning"}'
    check "journey 2: send" 201
    http GET "$path"
    check "journey 2: history" 200 '[.data[].content] == ["Good morning"]'
}

journey_group() {
    TOKEN=${ACCESS[erik]}
    http POST $API/conversations '{"name":"Climbers","participantIds":[]}'
    check "journey 3: create a group of one" 201 '.data.isGroup and .data.participantCount == 1'
    local path
    path="$API/conversations/$(field .data.id)"
    http POST "$path/participants" "{\"userIds\":$(people "${ID[ben]}" "${ID[cleo]}")}"
    check "journey 3: add participants" 201 '.data.participantCount == 3'
    http POST "$path/messages" '{"content":"Saturday at nine?"}'
    check "journey 3: send" 201
    TOKEN=${ACCESS[cleo]}
    http GET "$path/messages"
    check "journey 3: who was added reads it" 200 '[.data[].content] == ["Saturday at nine?"]'
}

clean_up() {
    TOKEN=${ACCESS[erik]}
    http DELETE $API/users/me "$(json_of password "not-$PASSWORD")"
    refused "delete the account: wrong password" 403 WRONG_PASSWORD
    local name
    for name in anna ben cleo dora erik mail; do
        sign_in "$name"
        http DELETE $API/users/me "$(json_of password "$PASSWORD")"
        check "delete the account of $name" 204
    done
    TOKEN=
    http POST $API/auth/login "$(json_of username "erik-$RUN" password "$PASSWORD")"
    refused "a deleted account cannot sign in" 401 INVALID_CREDENTIALS
}

check_health
check_registration
check_sign_in
check_tokens
check_users
check_conversations
check_participants
check_messages
check_deleting
journey_first_conversation
journey_talk
journey_group
clean_up
summary
