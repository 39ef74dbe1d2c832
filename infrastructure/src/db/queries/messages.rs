//! Messages, but for posting them.

macro_rules! messages {
    ($($async:ident $await:ident $for_update:ident $for_share:ident)?) => {
        use domain::message::Refusal;

        pub $($async)? fn revise(c: &mut Connection, revision: Revision) -> Answer<Result<Revised, Refusal>> {
            let id = DbId::from(revision.conversation_id);
            let place = conversations::table.find(id).select(conversations::seq);
            let Some(seq) = place$(.$for_update())?.get_result::<Seq>(c)$(.$await)?.optional()? else {
                return Ok(Err(Refusal::ConversationNotFound));
            };
            let seat = participants::table
                .inner_join(users::table.on(users::id.eq(participants::user_id)))
                .filter(participants::conversation_id.eq(id))
                .filter(participants::user_id.eq(DbId::from(revision.actor)))
                .filter(participants::left_at.is_null())
                .filter(users::deleted_at.is_null())
                .select(SeatRow::as_select())
                .get_result(c)$(.$await)?
                .optional()?;
            let Some(seat) = seat else { return Ok(Err(Refusal::NotParticipant)) };
            let stored = messages::table
                .inner_join(users::table.on(users::id.eq(messages::sender_id)))
                .filter(messages::id.eq(DbId::from(revision.message_id)))
                .filter(messages::conversation_id.eq(id))
                .select((MessageRow::as_select(), ProfileRow::as_select()))
                .get_result(c)$(.$await)?
                .optional()?;
            let Some(mut view) = stored.map(message_view) else { return Ok(Err(Refusal::MessageNotFound)) };

            let changed = match view.message.revise(&revision, &seat.participant()?, seq + 1) {
                Ok(changed) => changed,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if changed {
                let MessageRow { content, edited_at, deleted_at, changed_seq, .. } = MessageRow::from(&view.message);
                update(messages::table.find((id, view.message.seq)))
                    .set((
                        messages::content.eq(content),
                        messages::edited_at.eq(edited_at),
                        messages::deleted_at.eq(deleted_at),
                        messages::changed_seq.eq(changed_seq),
                    ))
                    .execute(c)$(.$await)??;
                update(conversations::table.find(id)).set(conversations::seq.eq(seq + 1)).execute(c)$(.$await)??;
            }
            Ok(Ok(Revised { view, changed }))
        }

        pub $($async)? fn history(
            c: &mut Connection,
            conversation_id: ConversationId,
            viewer: UserId,
            range: HistoryRange,
            limit: Limit,
        ) -> Answer<Page<MessageView>> {
            let seat = participants::table
                .filter(participants::conversation_id.eq(DbId::from(conversation_id)))
                .filter(participants::user_id.eq(DbId::from(viewer)))
                .filter(participants::left_at.is_null());
            let query = messages::table
                .inner_join(users::table.on(users::id.eq(messages::sender_id)))
                .filter(messages::conversation_id.eq(DbId::from(conversation_id)))
                .filter(exists(seat))
                .select((MessageRow::as_select(), ProfileRow::as_select()))
                .limit(limit.probe())
                .into_boxed::<Backend>();
            let query = match range {
                HistoryRange::Latest => query.order(messages::seq.desc()),
                HistoryRange::Before(seq) => query.filter(messages::seq.lt(seq)).order(messages::seq.desc()),
                HistoryRange::After(seq) => query.filter(messages::seq.gt(seq)).order(messages::seq.asc()),
            };
            let rows = query.load(c)$(.$await)??;
            let mut page = Page::probed(rows, limit).map(message_view);
            if matches!(range, HistoryRange::After(_)) {
                page.items.reverse();
            }
            Ok(page)
        }

        /// One statement, so that it sees one state.
        pub $($async)? fn history_version(
            c: &mut Connection,
            conversation_id: ConversationId,
            viewer: UserId,
        ) -> Answer<Option<HistoryVersion>> {
            let row = participants::table
                .inner_join(conversations::table.on(conversations::id.eq(participants::conversation_id)))
                .filter(participants::conversation_id.eq(DbId::from(conversation_id)))
                .filter(participants::user_id.eq(DbId::from(viewer)))
                .filter(participants::left_at.is_null())
                .select((
                    conversations::created_at,
                    conversations::seq,
                    profile_changes::table.select(profile_changes::number).single_value(),
                ))
                .get_result::<(i64, Seq, Option<i64>)>(c)$(.$await)?
                .optional()?;
            let Some((created_at, seq, profile_changes)) = row else { return Ok(None) };
            let profile_changes = profile_changes.ok_or(diesel::result::Error::NotFound)?;
            Ok(Some(HistoryVersion { created_at: Timestamp::from_micros(created_at), seq, profile_changes }))
        }

        pub $($async)? fn find(
            c: &mut Connection,
            conversation_id: ConversationId,
            id: MessageId,
        ) -> Answer<Option<Message>> {
            let row = messages::table
                .filter(messages::id.eq(DbId::from(id)))
                .filter(messages::conversation_id.eq(DbId::from(conversation_id)))
                .select(MessageRow::as_select())
                .get_result(c)$(.$await)?
                .optional()?;
            Ok(row.map(Message::from))
        }
    };
}
pub(in crate::db) use messages;
