//! Conversations with their participants.

macro_rules! conversations {
    ($($async:ident $await:ident $for_update:ident $for_share:ident)?) => {
        use domain::conversation::Refusal;

        pub $($async)? fn found(
            c: &mut Connection,
            conversation: Conversation,
        ) -> Answer<Result<Founded, Refusal>> {
            let people: Vec<UserId> = conversation.participants.iter().map(|p| p.user_id).collect();
            if !all_exist(c, &people)$(.$await)?? {
                return Ok(Err(Refusal::UserNotFound));
            }
            let row = ConversationRow::from(&conversation);
            // Two who open the same pair, or found under the same id, at once both come here; the second waits for the
            // first and inserts nothing.
            let insert = insert_into(conversations::table).values(&row);
            let inserted = insert.on_conflict_do_nothing().execute(c)$(.$await)??;
            if inserted == 0 {
                return standing_for(c, &conversation, row.direct_key)$(.$await)?;
            }
            let seats = conversation.participants.iter().map(|p| SeatRow::founding(row.id, p));
            insert_into(participants::table).values(seats.collect::<Vec<_>>()).execute(c)$(.$await)??;
            Ok(Ok(Founded::New))
        }

        /// The conversation that is there in the place of a new one, if it can stand for it.
        $($async)? fn standing_for(
            c: &mut Connection,
            conversation: &Conversation,
            pair: Option<String>,
        ) -> Answer<Result<Founded, Refusal>> {
            if pair.is_some() {
                let same_pair = conversations::table.filter(conversations::direct_key.eq(pair));
                let id = same_pair.select(conversations::id).get_result::<DbId>(c)$(.$await)?.optional()?;
                return Ok(id.map(|id| Founded::Existing(id.into())).ok_or(Refusal::IdTaken));
            }
            let stored = lock(c, conversation.id)$(.$await)??;
            let repeated = stored.is_some_and(|stored| conversation.repeats(&stored));
            Ok(if repeated { Ok(Founded::Existing(conversation.id)) } else { Err(Refusal::IdTaken) })
        }

        pub $($async)? fn direct(c: &mut Connection, one: UserId, other: UserId) -> Answer<Option<ConversationId>> {
            let key = Conversation::direct_key(one, other);
            let pair = conversations::table.filter(conversations::direct_key.eq(key)).select(conversations::id);
            Ok(pair.get_result::<DbId>(c)$(.$await)?.optional()?.map(ConversationId::from))
        }

        pub $($async)? fn change(
            c: &mut Connection,
            id: ConversationId,
            command: Command,
        ) -> Answer<Result<Changed, Refusal>> {
            let Some(mut conversation) = lock(c, id)$(.$await)?? else { return Ok(Err(Refusal::NotFound)) };
            let mut audience: Vec<UserId> = conversation.participants.iter().map(|p| p.user_id).collect();

            // A stranger is refused before anything else; then unknown people are, before all other rules.
            let verdict = conversation.apply(&command);
            if let (Action::Add(people), false) = (&command.action, verdict == Err(Refusal::NotParticipant))
                && !all_exist(c, people)$(.$await)??
            {
                return Ok(Err(Refusal::UserNotFound));
            }
            let steps = match verdict {
                Ok(steps) => steps,
                Err(refusal) => return Ok(Err(refusal)),
            };

            store(c, &conversation, &command, &steps)$(.$await)??;
            let mut spoken_of: BTreeSet<DbId> =
                steps.iter().filter_map(|step| person(step.kind)).map(DbId::from).collect();
            if !spoken_of.is_empty() {
                spoken_of.insert(command.actor.into());
            }
            let profiles = profiles(c, spoken_of)$(.$await)??;
            for participant in &conversation.participants {
                if !audience.contains(&participant.user_id) {
                    audience.push(participant.user_id);
                }
            }
            Ok(Ok(Changed { steps, profiles, audience }))
        }

        pub $($async)? fn standing(
            c: &mut Connection,
            id: ConversationId,
            user_id: UserId,
        ) -> Answer<Option<Standing>> {
            let seat = participants::conversation_id
                .eq(conversations::id)
                .and(participants::user_id.eq(DbId::from(user_id)))
                .and(participants::left_at.is_null());
            let row = conversations::table
                .find(DbId::from(id))
                .left_join(participants::table.on(seat))
                .select((conversations::seq, Option::<SeatRow>::as_select()))
                .get_result::<(Seq, Option<SeatRow>)>(c)$(.$await)?
                .optional()?;
            let Some((seq, seat)) = row else { return Ok(None) };
            Ok(Some(Standing { seq, participant: seat.as_ref().map(SeatRow::participant).transpose()? }))
        }

        pub $($async)? fn mark_read(
            c: &mut Connection,
            id: ConversationId,
            user_id: UserId,
            seq: Seq,
        ) -> Answer<Option<ReadState>> {
            let (id, reader) = (DbId::from(id), DbId::from(user_id));
            let seat = participants::table.find((id, reader)).filter(participants::left_at.is_null());
            let position = seat
                .select(participants::last_read_seq)
                $(.$for_update())?
                .get_result::<Seq>(c)$(.$await)?
                .optional()?;
            let Some(position) = position else { return Ok(None) };
            let last = conversations::table.find(id).select(conversations::seq).get_result::<Seq>(c)$(.$await)??;
            let target = seq.min(last);
            let moved = target > position;
            if moved {
                update(seat).set(participants::last_read_seq.eq(target)).execute(c)$(.$await)??;
            }
            let present = participants::conversation_id.eq(id).and(participants::left_at.is_null());
            Ok(Some(ReadState {
                last_read_seq: target.max(position),
                unread_count: unread(c, vec![id], reader)$(.$await)??.into_iter().map(|(_, count)| count).sum(),
                moved,
                participant_count: participants::table.filter(present).count().get_result(c)$(.$await)??,
            }))
        }

        /// How many messages are unread in each conversation the reader takes part in; those with none are left out. The
        /// conversations are named by their seats, so that of the messages only those after the read position are read.
        pub $($async)? fn unread(c: &mut Connection, ids: Vec<DbId>, reader: DbId) -> Answer<Vec<(DbId, i64)>> {
            let seat = participants::conversation_id
                .eq(messages::conversation_id)
                .and(participants::user_id.eq(reader))
                .and(participants::left_at.is_null());
            Ok(messages::table
                .inner_join(participants::table.on(seat))
                .filter(participants::conversation_id.eq_any(ids))
                .filter(messages::seq.gt(participants::last_read_seq))
                .filter(messages::sender_id.ne(reader))
                .filter(messages::deleted_at.is_null())
                .group_by(messages::conversation_id)
                .select((messages::conversation_id, count_star()))
                .load(c)$(.$await)??)
        }

        /// The conversation with all who take part, locked until the transaction ends.
        $($async)? fn lock(c: &mut Connection, id: ConversationId) -> Answer<Option<Conversation>> {
            let row = conversations::table.find(DbId::from(id)).select(ConversationRow::as_select());
            let row = row$(.$for_update())?.get_result(c)$(.$await)?.optional()?;
            let Some(row) = row else { return Ok(None) };
            let seats = participants::table
                .filter(participants::conversation_id.eq(row.id))
                .filter(participants::left_at.is_null())
                .select(SeatRow::as_select())
                .load(c)$(.$await)??;
            Ok(Some(row.with(&seats)?))
        }

        /// Whether all these people have an account; it stays so until the transaction ends.
        $($async)? fn all_exist(c: &mut Connection, people: &[UserId]) -> Answer<bool> {
            let ids: BTreeSet<DbId> = people.iter().copied().map(DbId::from).collect();
            let found = users::table
                .filter(users::id.eq_any(ids.clone()))
                .filter(users::deleted_at.is_null())
                .order(users::id)
                .select(users::id)
                $(.$for_share())?
                .load::<DbId>(c)$(.$await)??;
            Ok(found.len() == ids.len())
        }

        pub $($async)? fn profiles(c: &mut Connection, ids: BTreeSet<DbId>) -> Answer<Vec<Profile>> {
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            let people = users::table.filter(users::id.eq_any(ids)).order(users::id).select(ProfileRow::as_select());
            Ok(people.load(c)$(.$await)??.into_iter().map(Profile::from).collect())
        }

        /// Stores what the steps changed.
        $($async)? fn store(
            c: &mut Connection,
            conversation: &Conversation,
            command: &Command,
            steps: &[Step],
        ) -> Answer<()> {
            if steps.is_empty() {
                return Ok(());
            }
            let (id, by) = (DbId::from(conversation.id), DbId::from(command.actor));
            let seat = |user: UserId| participants::table.find((id, DbId::from(user)));
            let mut added = Vec::new();
            for &Step { seq, kind } in steps {
                let mark = (participants::changed_seq.eq(seq), participants::changed_by.eq(by));
                match kind {
                    StepKind::Added(user) => added.push((user, seq)),
                    StepKind::Removed(user, _) => {
                        let left = participants::left_at.eq(command.at.as_micros());
                        update(seat(user)).set((left, mark)).execute(c)$(.$await)??;
                    }
                    StepKind::RoleChanged(user, role) => {
                        let role = participants::role.eq(role_word(role));
                        update(seat(user)).set((role, mark)).execute(c)$(.$await)??;
                    }
                    StepKind::Edited => {
                        let mark = (conversations::changed_seq.eq(seq), conversations::changed_by.eq(by));
                        update(conversations::table.find(id)).set(mark).execute(c)$(.$await)??;
                    }
                    StepKind::Deleted => return remove(c, id)$(.$await)?,
                }
            }
            seat_all(c, conversation, by, added)$(.$await)??;
            let edits = ConversationEdits::from(conversation);
            update(conversations::table.find(id)).set(edits).execute(c)$(.$await)??;
            Ok(())
        }

        /// Gives people new seats, in the place of those they may have left: they have nothing unread, and nothing put
        /// away.
        $($async)? fn seat_all(
            c: &mut Connection,
            conversation: &Conversation,
            by: DbId,
            added: Vec<(UserId, Seq)>,
        ) -> Answer<()> {
            if added.is_empty() {
                return Ok(());
            }
            let id = DbId::from(conversation.id);
            let people = added.iter().map(|&(user, _)| DbId::from(user)).collect::<Vec<_>>();
            let seats = added.iter().filter_map(|&(user, seq)| {
                let new = SeatRow::founding(id, conversation.participant(user)?);
                let read = conversation.seq;
                Some(SeatRow { joined_seq: seq, last_read_seq: read, changed_seq: seq, changed_by: Some(by), ..new })
            });
            let old = participants::conversation_id.eq(id).and(participants::user_id.eq_any(people));
            delete(participants::table.filter(old)).execute(c)$(.$await)??;
            insert_into(participants::table).values(seats.collect::<Vec<_>>()).execute(c)$(.$await)??;
            Ok(())
        }

        $($async)? fn remove(c: &mut Connection, id: DbId) -> Answer<()> {
            delete(messages::table.filter(messages::conversation_id.eq(id))).execute(c)$(.$await)??;
            delete(participants::table.filter(participants::conversation_id.eq(id))).execute(c)$(.$await)??;
            delete(conversations::table.find(id)).execute(c)$(.$await)??;
            Ok(())
        }

        fn person(step: StepKind) -> Option<UserId> {
            match step {
                StepKind::Added(user) | StepKind::Removed(user, _) | StepKind::RoleChanged(user, _) => Some(user),
                StepKind::Edited | StepKind::Deleted => None,
            }
        }
    };
}
pub(in crate::db) use conversations;
