//! What the repository traits promise, on every database: each case runs on SQLite, and on PostgreSQL with the feature
//! `postgres`.

#![expect(clippy::unwrap_used, reason = "these are tests")]

#[path = "contract/conversations.rs"]
mod conversations;
#[path = "contract/history.rs"]
mod history;
#[path = "contract/nodes.rs"]
mod nodes;
#[path = "contract/outage.rs"]
mod outage;
#[path = "contract/people.rs"]
mod people;
#[cfg(feature = "postgres")]
#[path = "contract/plans.rs"]
mod plans;
#[path = "contract/posting.rs"]
mod posting;
#[path = "contract/reader.rs"]
mod reader;
#[path = "contract/said.rs"]
mod said;
#[path = "contract/sessions.rs"]
mod sessions;
#[path = "contract/setup.rs"]
mod setup;
#[path = "contract/users.rs"]
mod users;

macro_rules! cases {
    ($($area:ident: $($case:ident),+ ;)+) => {
        mod sqlite {$(
            mod $area {$(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$area::$case(&tests::database::FreshDatabase::sqlite().await).await;
                }
            )+}
        )+}

        #[cfg(feature = "postgres")]
        mod postgres {$(
            mod $area {$(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$area::$case(&tests::database::FreshDatabase::postgres().await).await;
                }
            )+}
        )+}
    };
}

cases! {
    users:
        an_account_is_found_as_it_was_stored, nobody_unknown_is_found, names_are_unique, emails_are_unique,
        of_parallel_registrations_of_one_name_one_succeeds, a_known_id_is_a_conflict_of_another_kind,
        pages_follow_the_bytes_of_usernames, a_search_is_plain_text_without_case, odd_searches_match_nobody,
        a_change_changes_what_it_names, a_change_to_a_taken_name_is_refused, parallel_swaps_of_names_end,
        a_password_is_replaced, an_erased_account_is_nobodys,
        those_that_there_are_are_found_together, who_was_seen_last_moves_forward_only, many_are_seen_in_parallel,
        what_people_write_is_kept_verbatim;
    sessions:
        a_session_is_found_as_it_was_stored, lists_hold_what_is_active_latest_first,
        a_session_advances_once_per_generation, of_parallel_advances_one_succeeds, a_revoked_session_stays_so,
        all_but_one_are_revoked, nobody_signs_in_to_an_erased_account,
        nobody_signs_in_by_a_password_of_yesterday;
    conversations:
        a_group_is_stored_with_its_participants, a_group_of_unknown_people_is_not_stored,
        a_pair_has_one_direct_conversation_under_a_race, a_group_founded_again_is_the_same,
        of_parallel_foundings_under_one_id_one_succeeds, steps_are_stored_at_their_places,
        refusals_come_in_their_order, unknown_people_are_refused_before_other_rules, who_comes_back_has_nothing_unread,
        an_owner_hands_on, the_last_one_out_deletes_the_group, deleting_takes_everything,
        an_erased_person_is_added_nowhere, parallel_commands_take_every_place_once, a_read_position_moves_forward_only;
    posting:
        a_message_is_stored_as_it_was_sent, a_new_message_says_what_its_conversation_is, refusals_are_told_apart, equal_drafts_in_parallel_are_one_message,
        an_id_belongs_to_its_first_sender, places_have_no_holes_under_parallel_senders,
        one_senders_messages_keep_their_order, times_rise_while_the_clock_stands_still,
        two_nodes_append_to_one_conversation, two_nodes_post_one_id_once, nothing_is_posted_after_removal,
        a_message_brings_an_archived_conversation_back, a_deleted_account_posts_nothing, replies_stay_in_their_conversation,
        what_waits_is_stored_at_the_end, a_caller_who_goes_away_stops_nothing, a_message_is_edited_and_deleted,
        revisions_are_refused_in_their_order, calls_come_from_any_runtime;
    nodes:
        a_node_posts_behind_what_others_posted, a_node_lets_nobody_post_who_was_removed_elsewhere,
        a_node_lets_nobody_post_who_was_erased_elsewhere, a_node_shows_the_names_of_now,
        a_node_tells_a_group_from_one_before_it, a_node_stores_no_message_twice,
        a_batch_of_old_and_new_acquaintances_keeps_its_order;
    history:
        pages_go_both_ways, pages_are_complete_while_others_post, changes_come_in_order_and_in_pages,
        changes_end_at_the_answered_place, changes_say_where_they_are_and_who_made_them, the_version_moves_with_whatever_a_page_shows,
        the_version_stays_when_no_page_changes, who_takes_no_part_learns_no_version,
        a_group_in_the_place_of_another_has_another_version;
    said:
        a_moment_is_found_in_any_history, what_was_said_is_paged_by_time_without_tombstones,
        the_latest_are_one_of_each_conversation_of_mine, pages_of_the_latest_lose_nothing_over_equal_times;
    reader:
        a_view_shows_the_conversation_and_the_viewers_state, a_stranger_sees_nobodys_state, lists_page_over_equal_times,
        lists_tell_archived_ones_apart, views_show_the_first_participants_and_count_all, participants_page_over_equal_times,
        the_unread_are_counted, positions_and_groups_are_listed, the_deleted_are_shown_as_such;
    setup:
        many_migrate_at_once, a_second_migration_changes_nothing, health_is_told;
}
