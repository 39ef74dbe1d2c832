-- Ids are uuids made by the application (version 7, so new rows go to the end of an index). Times are microseconds
-- since 1970-01-01 UTC, so that they compare alike in both databases. Unique constraints are named: the name tells
-- the application which rule was broken.

CREATE TABLE users (
    id            uuid   PRIMARY KEY,
    -- "C" compares by byte, as pages of users and SQLite do.
    username      text   COLLATE "C" CONSTRAINT users_username_key UNIQUE,
    email         text   COLLATE "C" CONSTRAINT users_email_key UNIQUE,
    name          text   NOT NULL,
    avatar        text,
    password_hash text   NOT NULL,
    -- Username and name in lower case, one line each: what a search looks into.
    search_key    text   NOT NULL,
    created_at    bigint NOT NULL,
    updated_at    bigint NOT NULL,
    -- When their last connection ended; written when they go, not while they are there.
    last_seen_at  bigint,
    deleted_at    bigint,
    -- Of a deleted account only the row stays, for those who refer to it; its names are free again.
    CONSTRAINT users_deleted_check CHECK ((username IS NULL) = (deleted_at IS NOT NULL)),
    CONSTRAINT users_erased_check CHECK (deleted_at IS NULL OR (email IS NULL AND avatar IS NULL AND password_hash = ''))
);

CREATE TABLE sessions (
    id            uuid   CONSTRAINT sessions_pkey PRIMARY KEY,
    user_id       uuid   NOT NULL REFERENCES users (id),
    device        text,
    created_at    bigint NOT NULL,
    last_used_at  bigint NOT NULL,
    expires_at    bigint NOT NULL,
    generation    bigint NOT NULL,
    -- SHA-256 of the present and of the last spent refresh token.
    refresh_hash  bytea  NOT NULL,
    previous_hash bytea,
    revoked_at    bigint
);

-- A person's sessions.
CREATE INDEX sessions_user_id_idx ON sessions (user_id);

CREATE TABLE conversations (
    id               uuid   PRIMARY KEY,
    kind             text   NOT NULL CHECK (kind IN ('direct', 'group')),
    name             text,
    avatar           text,
    owner_id         uuid   REFERENCES users (id),
    add_policy       text   NOT NULL CHECK (add_policy IN ('everyone', 'admins')),
    -- The same for both people of a pair, so there is one direct conversation for each.
    direct_key       text   COLLATE "C" CONSTRAINT conversations_direct_key_key UNIQUE,
    -- The place of the last change. Whoever changes anything locks this row, which puts the changes in order.
    seq              bigint NOT NULL CHECK (seq >= 0),
    -- Place and author of the last change of name, picture or policy; 0 if there was none.
    changed_seq      bigint NOT NULL,
    changed_by       uuid,
    -- The last message, so that lists find it and times rise without looking for it.
    last_message_seq bigint,
    last_message_at  bigint,
    active_at        bigint NOT NULL,
    created_at       bigint NOT NULL,
    updated_at       bigint NOT NULL,
    CONSTRAINT conversations_direct_check CHECK ((kind = 'direct') = (direct_key IS NOT NULL))
);

CREATE TABLE participants (
    conversation_id uuid    NOT NULL REFERENCES conversations (id),
    user_id         uuid    NOT NULL REFERENCES users (id),
    role            text    NOT NULL CHECK (role IN ('member', 'admin', 'owner')),
    joined_at       bigint  NOT NULL,
    joined_seq      bigint  NOT NULL,
    -- Who is gone stays as a row: others must learn of it when they ask for changes.
    left_at         bigint,
    last_read_seq   bigint  NOT NULL,
    archived        boolean NOT NULL,
    muted           boolean NOT NULL,
    changed_seq     bigint  NOT NULL,
    changed_by      uuid,
    PRIMARY KEY (conversation_id, user_id)
);

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
    conversation_id uuid   NOT NULL,
    seq             bigint NOT NULL,
    -- The idempotency key of sending.
    id              uuid   NOT NULL CONSTRAINT messages_id_key UNIQUE,
    sender_id       uuid   NOT NULL,
    content         text,
    reply_to        uuid,
    created_at      bigint NOT NULL,
    edited_at       bigint,
    deleted_at      bigint,
    changed_seq     bigint NOT NULL,
    -- History is one range of this key.
    PRIMARY KEY (conversation_id, seq),
    CONSTRAINT messages_deleted_check CHECK ((content IS NULL) = (deleted_at IS NOT NULL)),
    CONSTRAINT messages_changed_check CHECK (changed_seq >= seq)
);

-- What changed after a place.
CREATE INDEX messages_changed_idx ON messages (conversation_id, changed_seq);
