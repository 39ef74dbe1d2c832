//! What still stands of what was said.

macro_rules! said {
    ($($async:ident $await:ident $for_update:ident $for_share:ident)?) => {
        diesel::alias!(
            messages as newest: Newest,
            participants as others: Others,
            users as people: People,
        );

        /// The other one of a direct conversation, seen from the sender of a message. In a group nobody is looked for:
        /// the key of the look-up is null there.
        macro_rules! the_other {
            () => {
                others
                    .field(participants::conversation_id)
                    .nullable()
                    .eq(case_when(conversations::kind.ne(GROUP), conversations::id))
                    .and(others.field(participants::user_id).ne(messages::sender_id))
            };
        }

        /// Messages that say something, with all that an [`AddressedRow`] has.
        macro_rules! addressed_messages {
            ($limit:expr) => {
                messages::table
                    .inner_join(conversations::table.on(conversations::id.eq(messages::conversation_id)))
                    .inner_join(users::table.on(users::id.eq(messages::sender_id)))
                    .left_join(others.on(the_other!()))
                    .left_join(people.on(people.field(users::id).eq(others.field(participants::user_id))))
                    .filter(messages::deleted_at.is_null())
                    .limit($limit)
                    .select((
                        MessageRow::as_select(),
                        ProfileRow::as_select(),
                        (conversations::kind, conversations::name),
                        people
                            .fields((users::id, users::username, users::name, users::avatar))
                            .nullable(),
                    ))
            };
        }

        pub $($async)? fn said(
            c: &mut Connection,
            conversation_id: ConversationId,
            before: Option<Timestamp>,
            limit: Limit,
        ) -> Answer<Vec<Addressed>> {
            let id = DbId::from(conversation_id);
            let end = match before {
                Some(before) => special::place_at(c, id, before)$(.$await)??,
                None => Seq::MAX,
            };
            let rows = addressed_messages!(limit.probe() - 1)
                .filter(messages::conversation_id.eq(id))
                .filter(messages::seq.lt(end))
                .order(messages::seq.desc())
                .load::<AddressedRow>(c)$(.$await)??;
            Ok(rows.into_iter().map(addressed).collect::<Result<_, _>>()?)
        }

        pub $($async)? fn latest(
            c: &mut Connection,
            user_id: UserId,
            before: Option<Timestamp>,
            limit: Limit,
        ) -> Answer<Vec<Addressed>> {
            let before = before.map_or(i64::MAX, Timestamp::as_micros);
            let mut rows = newest_of_each(c, user_id, (i64::MIN, before), limit.probe() - 1)$(.$await)??;
            // Only a full page can end in the midst of a moment.
            if rows.len() == limit.rows()
                && let Some(last) = rows.last().map(|row| row.0.created_at)
            {
                rows.retain(|row| row.0.created_at > last);
                rows.extend(newest_of_each(c, user_id, (last, last + 1), i64::MAX)$(.$await)??);
            }
            Ok(rows.into_iter().map(addressed).collect::<Result<_, _>>()?)
        }

        /// The newest messages of a person's conversations, one each, if posted within these moments.
        $($async)? fn newest_of_each(
            c: &mut Connection,
            user_id: UserId,
            (from, to): (i64, i64),
            rows: i64,
        ) -> Answer<Vec<AddressedRow>> {
            let seat = participants::conversation_id
                .eq(messages::conversation_id)
                .and(participants::user_id.eq(DbId::from(user_id)))
                .and(participants::left_at.is_null());
            let last = newest
                .filter(newest.field(messages::conversation_id).eq(participants::conversation_id))
                .filter(newest.field(messages::deleted_at).is_null())
                .order(newest.field(messages::seq).desc())
                .limit(1)
                .select(newest.field(messages::seq))
                .single_value();
            Ok(addressed_messages!(rows)
                .inner_join(participants::table.on(seat))
                .filter(messages::seq.nullable().eq(last))
                .filter(messages::created_at.ge(from))
                .filter(messages::created_at.lt(to))
                .order((messages::created_at.desc(), messages::conversation_id.desc()))
                .load(c)$(.$await)??)
        }
    };
}
pub(in crate::db) use said;
