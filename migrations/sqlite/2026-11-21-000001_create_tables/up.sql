-- Ids are the 16 bytes of uuids made by the application (version 7, so new rows go to the end of an index). Times are
-- microseconds since 1970-01-01 UTC, so that they compare alike in both databases. STRICT tables take no value of another
-- type; WITHOUT ROWID keeps the rows in the order of their keys, so that a history is one run of pages.

CREATE TABLE users (
    id            blob    PRIMARY KEY,
    username      text    CONSTRAINT users_username_key UNIQUE,
    email         text    CONSTRAINT users_email_key UNIQUE,
    name          text    NOT NULL,
    avatar        text,
    password_hash text    NOT NULL,
    -- Username and name in lower case, one line each: what a search looks into.
    search_key    text    NOT NULL,
    created_at    integer NOT NULL,
    updated_at    integer NOT NULL,
    -- When their last connection ended; written when they go, not while they are there.
    last_seen_at  integer,
    deleted_at    integer,
    -- Of a deleted account only the row stays, for those who refer to it; its names are free again.
    CONSTRAINT users_deleted_check CHECK ((username IS NULL) = (deleted_at IS NOT NULL)),
    CONSTRAINT users_erased_check CHECK (deleted_at IS NULL OR (email IS NULL AND avatar IS NULL AND password_hash = ''))
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id            blob    CONSTRAINT sessions_pkey PRIMARY KEY,
    user_id       blob    NOT NULL REFERENCES users (id),
    device        text,
    created_at    integer NOT NULL,
    last_used_at  integer NOT NULL,
    expires_at    integer NOT NULL,
    generation    integer NOT NULL,
    -- SHA-256 of the present and of the last spent refresh token.
    refresh_hash  blob    NOT NULL,
    previous_hash blob,
    revoked_at    integer
) STRICT, WITHOUT ROWID;

-- A person's sessions.
CREATE INDEX sessions_user_id_idx ON sessions (user_id);

CREATE TABLE conversations (
    id               blob    PRIMARY KEY,
    kind             text    NOT NULL CHECK (kind IN ('direct', 'group')),
    name             text,
    avatar           text,
    owner_id         blob    REFERENCES users (id),
    add_policy       text    NOT NULL CHECK (add_policy IN ('everyone', 'admins')),
    -- The same for both people of a pair, so there is one direct conversation for each.
    direct_key       text    CONSTRAINT conversations_direct_key_key UNIQUE,
    -- The place of the last change. Whoever changes anything locks this row, which puts the changes in order.
    seq              integer NOT NULL CHECK (seq >= 0),
    -- Place and author of the last change of name, picture or policy; 0 if there was none.
    changed_seq      integer NOT NULL,
    changed_by       blob,
    -- The last message, so that lists find it and times rise without looking for it.
    last_message_seq integer,
    last_message_at  integer,
    active_at        integer NOT NULL,
    created_at       integer NOT NULL,
    updated_at       integer NOT NULL,
    CONSTRAINT conversations_direct_check CHECK ((kind = 'direct') = (direct_key IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE participants (
    conversation_id blob    NOT NULL REFERENCES conversations (id),
    user_id         blob    NOT NULL REFERENCES users (id),
    role            text    NOT NULL CHECK (role IN ('member', 'admin', 'owner')),
    joined_at       integer NOT NULL,
    joined_seq      integer NOT NULL,
    -- Who is gone stays as a row: others must learn of it when they ask for changes.
    left_at         integer,
    last_read_seq   integer NOT NULL,
    archived        integer NOT NULL CHECK (archived IN (0, 1)),
    muted           integer NOT NULL CHECK (muted IN (0, 1)),
    changed_seq     integer NOT NULL,
    changed_by      blob,
    PRIMARY KEY (conversation_id, user_id)
) STRICT, WITHOUT ROWID;

-- My conversations.
CREATE INDEX participants_user_idx ON participants (user_id, archived, conversation_id) WHERE left_at IS NULL;
-- Who takes part, oldest first.
CREATE INDEX participants_joined_idx ON participants (conversation_id, joined_at, user_id) WHERE left_at IS NULL;
-- What changed after a place.
CREATE INDEX participants_changed_idx ON participants (conversation_id, changed_seq);
-- Whose archive a new message empties: nearly nobody's, so the look costs nothing.
CREATE INDEX participants_archived_idx ON participants (conversation_id) WHERE archived AND NOT muted;

-- The writer has locked the conversation and read the sender's participation when it inserts, and conversations are
-- deleted under the same lock: foreign keys would check again, row by row, what was just decided.
CREATE TABLE messages (
    conversation_id blob    NOT NULL,
    seq             integer NOT NULL,
    -- The idempotency key of sending.
    id              blob    NOT NULL CONSTRAINT messages_id_key UNIQUE,
    sender_id       blob    NOT NULL,
    content         text,
    reply_to        blob,
    created_at      integer NOT NULL,
    edited_at       integer,
    deleted_at      integer,
    changed_seq     integer NOT NULL,
    -- History is one range of this key.
    PRIMARY KEY (conversation_id, seq),
    CONSTRAINT messages_deleted_check CHECK ((content IS NULL) = (deleted_at IS NOT NULL)),
    CONSTRAINT messages_changed_check CHECK (changed_seq >= seq)
) STRICT, WITHOUT ROWID;

-- What changed after a place.
CREATE INDEX messages_changed_idx ON messages (conversation_id, changed_seq);
