//! Posting a batch of messages in one transaction.

macro_rules! append {
    ($($async:ident $await:ident $for_update:ident $for_share:ident)?) => {
        /// Posts drafts in their order and says what they came to. The number of queries does not grow with their number.
        pub $($async)? fn append(c: &mut Connection, drafts: Vec<Draft>) -> Answer<Plan> {
            let state = load(c, &drafts)$(.$await)??;
            let plan = plan(drafts, state);
            #[cfg(feature = "planted-bugs")]
            if crate::bugs::is_rehearsing() {
                return Ok(plan);
            }
            if !plan.messages.is_empty() {
                special::store(c, &plan.messages, &plan.places)$(.$await)??;
            }
            Ok(plan)
        }

        /// What the plan needs to know. The conversations stay locked, always in the same order.
        $($async)? fn load(c: &mut Connection, drafts: &[Draft]) -> Answer<State> {
            let ids: BTreeSet<DbId> = drafts.iter().map(|draft| draft.conversation_id.into()).collect();
            let places = conversations::table
                .filter(conversations::id.eq_any(ids))
                .order(conversations::id)
                .select((
                    conversations::id,
                    (conversations::kind, conversations::name),
                    (
                        conversations::created_at,
                        conversations::seq,
                        conversations::last_message_seq,
                        conversations::last_message_at,
                        conversations::active_at,
                    ),
                ))
                $(.$for_update())?
                .load::<(DbId, (String, Option<String>), _)>(c)$(.$await)??;
            let pairs: BTreeSet<(DbId, DbId)> =
                drafts.iter().map(|draft| (draft.conversation_id.into(), draft.sender_id.into())).collect();
            let named: BTreeSet<DbId> =
                drafts.iter().flat_map(|draft| [Some(draft.id), draft.reply_to]).flatten().map(DbId::from).collect();
            let (seats, stored) = special::seats_and_stored(c, &pairs, named)$(.$await)??;
            Ok(State {
                venues: places.iter().map(|(id, kind, _)| ((*id).into(), venue(kind.clone()))).collect(),
                places: places.into_iter().map(|(id, _, place)| (id.into(), Place::from_row(place))).collect(),
                senders: seats.into_iter().map(|seat| seat.into_entry()).collect(),
                stored: stored.into_iter().map(|row| (row.id.into(), row.into())).collect(),
            })
        }
    };
}
pub(in crate::db) use append;
