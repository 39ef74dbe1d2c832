//! What is read of conversations: four queries for a page of any size.

macro_rules! reader {
    ($($async:ident $await:ident $for_update:ident $for_share:ident)?) => {
        pub $($async)? fn view(
            c: &mut Connection,
            id: ConversationId,
            viewer: UserId,
        ) -> Answer<Option<(ConversationView, ViewerState)>> {
            Ok(views(c, vec![id.into()], viewer)$(.$await)??.pop())
        }

        pub $($async)? fn list(
            c: &mut Connection,
            viewer: UserId,
            archived: bool,
            after: Option<ActivityCursor>,
            limit: Limit,
        ) -> Answer<Page<(ConversationView, ViewerState)>> {
            let mut query = participants::table
                .inner_join(conversations::table.on(conversations::id.eq(participants::conversation_id)))
                .filter(participants::user_id.eq(DbId::from(viewer)))
                .filter(participants::left_at.is_null())
                .filter(participants::archived.eq(archived))
                .order((conversations::active_at.desc(), conversations::id.desc()))
                .limit(limit.probe())
                .select(conversations::id)
                .into_boxed::<Backend>();
            if let Some(ActivityCursor { active_at, id }) = after {
                let earlier = conversations::active_at.lt(active_at.as_micros());
                let same_moment = conversations::active_at.eq(active_at.as_micros());
                query = query.filter(earlier.or(same_moment.and(conversations::id.lt(DbId::from(id)))));
            }
            let Page { items: ids, has_more } = Page::probed(query.load::<DbId>(c)$(.$await)??, limit);
            Ok(Page { items: views(c, ids, viewer)$(.$await)??, has_more })
        }

        pub $($async)? fn participants(
            c: &mut Connection,
            id: ConversationId,
            after: Option<(Timestamp, UserId)>,
            limit: Limit,
        ) -> Answer<Page<ParticipantView>> {
            let mut query = participants::table
                .inner_join(users::table.on(users::id.eq(participants::user_id)))
                .filter(participants::conversation_id.eq(DbId::from(id)))
                .filter(participants::left_at.is_null())
                .order((participants::joined_at.asc(), participants::user_id.asc()))
                .limit(limit.probe())
                .select((SeatRow::as_select(), ProfileRow::as_select()))
                .into_boxed::<Backend>();
            if let Some((joined_at, user_id)) = after {
                let later = participants::joined_at.gt(joined_at.as_micros());
                let same_moment = participants::joined_at.eq(joined_at.as_micros());
                query = query.filter(later.or(same_moment.and(participants::user_id.gt(DbId::from(user_id)))));
            }
            let rows = query.load(c)$(.$await)??;
            let people = rows.into_iter().map(views::participant).collect::<Result<_, _>>()?;
            Ok(Page::probed(people, limit))
        }

        pub $($async)? fn positions(c: &mut Connection, user_id: UserId) -> Answer<Vec<(ConversationId, Seq)>> {
            let rows = participants::table
                .inner_join(conversations::table.on(conversations::id.eq(participants::conversation_id)))
                .filter(participants::user_id.eq(DbId::from(user_id)))
                .filter(participants::left_at.is_null())
                .select((conversations::id, conversations::seq))
                .load::<(DbId, Seq)>(c)$(.$await)??;
            Ok(rows.into_iter().map(|(id, seq)| (id.into(), seq)).collect())
        }

        pub $($async)? fn places(c: &mut Connection, ids: Vec<ConversationId>) -> Answer<Vec<(ConversationId, Seq)>> {
            let rows = conversations::table
                .filter(conversations::id.eq_any(ids.into_iter().map(DbId::from).collect::<Vec<_>>()))
                .select((conversations::id, conversations::seq))
                .load::<(DbId, Seq)>(c)$(.$await)??;
            Ok(rows.into_iter().map(|(id, seq)| (id.into(), seq)).collect())
        }

        pub $($async)? fn groups_of(c: &mut Connection, user_id: UserId) -> Answer<Vec<ConversationId>> {
            let rows = participants::table
                .inner_join(conversations::table.on(conversations::id.eq(participants::conversation_id)))
                .filter(participants::user_id.eq(DbId::from(user_id)))
                .filter(participants::left_at.is_null())
                .filter(conversations::kind.eq(GROUP))
                .select(conversations::id)
                .load::<DbId>(c)$(.$await)??;
            Ok(rows.into_iter().map(ConversationId::from).collect())
        }

        pub $($async)? fn changes(
            c: &mut Connection,
            id: ConversationId,
            after: Seq,
            limit: Limit,
        ) -> Answer<Option<ChangePage>> {
            // Founding participants have changed at place 0: they came with the conversation, not after it.
            let (key, after) = (DbId::from(id), after.max(0));
            let kind = (conversations::kind, conversations::name);
            let marks = conversations::table.find(key).select((conversations::seq, conversations::changed_seq, kind));
            let Some((seq, edited, kind)) =
                marks.get_result::<(Seq, Seq, (String, Option<String>))>(c)$(.$await)?.optional()?
            else {
                return Ok(None);
            };
            let messages = messages::table
                .inner_join(users::table.on(users::id.eq(messages::sender_id)))
                .filter(messages::conversation_id.eq(key))
                .filter(messages::changed_seq.gt(after))
                .order(messages::changed_seq)
                .limit(limit.probe())
                .select((MessageRow::as_select(), ProfileRow::as_select()))
                .load(c)$(.$await)??;
            let seats = participants::table
                .inner_join(users::table.on(users::id.eq(participants::user_id)))
                .filter(participants::conversation_id.eq(key))
                .filter(participants::changed_seq.gt(after))
                .order(participants::changed_seq)
                .limit(limit.probe())
                .select((SeatRow::as_select(), ProfileRow::as_select()))
                .load::<(SeatRow, ProfileRow)>(c)$(.$await)??;
            let authors = seats.iter().map(|(seat, _)| seat.author()).collect();
            let authors = super::conversations::profiles(c, authors)$(.$await)??;
            let mut changes = views::changes(messages, seats, &authors)?;
            if edited > after {
                // The view is that of nobody in particular.
                let view = views(c, vec![key], UserId(Default::default()))$(.$await)??.pop();
                changes.extend(view.map(|(view, _)| Change::Conversation(edited, Box::new(view))));
            }
            changes.sort_by_key(Change::seq);
            let Page { items, has_more } = Page::probed(changes, limit);
            Ok(Some(ChangePage { venue: venue(kind), seq, changes: items, has_more }))
        }

        /// The views of these conversations, in this order; those that are gone are left out.
        $($async)? fn views(
            c: &mut Connection,
            ids: Vec<DbId>,
            viewer: UserId,
        ) -> Answer<Vec<(ConversationView, ViewerState)>> {
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            let viewer = DbId::from(viewer);
            let seat = participants::conversation_id
                .eq(conversations::id)
                .and(participants::user_id.eq(viewer))
                .and(participants::left_at.is_null());
            let last_message = messages::conversation_id
                .eq(conversations::id)
                .and(messages::seq.nullable().eq(conversations::last_message_seq));
            let rows = conversations::table
                .left_join(participants::table.on(seat))
                .left_join(messages::table.on(last_message))
                .left_join(users::table.on(users::id.eq(messages::sender_id)))
                .filter(conversations::id.eq_any(ids.clone()))
                .select((
                    ConversationRow::as_select(),
                    Option::<SeatRow>::as_select(),
                    Option::<MessageRow>::as_select(),
                    Option::<ProfileRow>::as_select(),
                ))
                .load::<views::Row>(c)$(.$await)??;
            let shown = special::shown_participants(c, &ids)$(.$await)??;
            let unread = super::conversations::unread(c, ids.clone(), viewer)$(.$await)??;
            Ok(views::assemble(&ids, rows, shown, unread)?)
        }
    };
}
pub(in crate::db) use reader;
