//! Accounts.

macro_rules! users {
    ($($async:ident $await:ident $for_update:ident $for_share:ident)?) => {
        pub $($async)? fn insert(c: &mut Connection, user: User) -> Answer<()> {
            insert_into(users::table).values(UserRow::from(&user)).execute(c)$(.$await)??;
            Ok(())
        }

        pub $($async)? fn find(c: &mut Connection, id: UserId) -> Answer<Option<User>> {
            let present = users::table.find(DbId::from(id)).filter(users::deleted_at.is_null());
            let row = present.select(UserRow::as_select()).get_result(c)$(.$await)?.optional()?;
            Ok(row.map(User::try_from).transpose()?)
        }

        pub $($async)? fn find_all(c: &mut Connection, ids: Vec<UserId>) -> Answer<Vec<User>> {
            let ids: Vec<DbId> = ids.into_iter().map(DbId::from).collect();
            let present = users::table.filter(users::id.eq_any(ids)).filter(users::deleted_at.is_null());
            let rows = present.select(UserRow::as_select()).load(c)$(.$await)??;
            Ok(rows.into_iter().map(User::try_from).collect::<Result<_, _>>()?)
        }

        pub $($async)? fn find_by_login(c: &mut Connection, login: Login) -> Answer<Option<User>> {
            let found = match login {
                Login::Username(username) => {
                    let named = users::table.filter(users::username.eq(username.as_str().to_owned()));
                    named.select(UserRow::as_select()).get_result(c)$(.$await)?
                }
                Login::Email(email) => {
                    let named = users::table.filter(users::email.eq(email.as_str().to_owned()));
                    named.select(UserRow::as_select()).get_result(c)$(.$await)?
                }
            };
            Ok(found.optional()?.map(User::try_from).transpose()?)
        }

        pub $($async)? fn list(c: &mut Connection, filter: UserFilter) -> Answer<Page<User>> {
            let mut query = users::table
                .filter(users::deleted_at.is_null())
                .order(users::username)
                .limit(filter.limit.probe())
                .select(UserRow::as_select())
                .into_boxed::<Backend>();
            if let Some(after) = filter.after {
                query = query.filter(users::username.gt(after.as_str().to_owned()));
            }
            if let Some(search) = filter.search {
                let Some(pattern) = search::pattern(&search) else {
                    return Ok(Page { items: Vec::new(), has_more: false });
                };
                query = query.filter(users::search_key.like(pattern).escape('\\'));
            }
            let rows = query.load(c)$(.$await)??;
            let users = rows.into_iter().map(User::try_from).collect::<Result<_, _>>()?;
            Ok(Page::probed(users, filter.limit))
        }

        pub $($async)? fn change(
            c: &mut Connection,
            id: UserId,
            change: ProfileChange,
            at: Timestamp,
        ) -> Answer<Option<User>> {
            let present = users::table.find(DbId::from(id)).filter(users::deleted_at.is_null());
            let row = present.select(UserRow::as_select())$(.$for_update())?.get_result(c)$(.$await)?.optional()?;
            let Some(mut user) = row.map(User::try_from).transpose()? else { return Ok(None) };
            if change.apply(&mut user, at) {
                update(users::table.find(DbId::from(id))).set(UserRow::from(&user)).execute(c)$(.$await)??;
            }
            Ok(Some(user))
        }

        pub $($async)? fn set_password(
            c: &mut Connection,
            id: UserId,
            hash: PasswordHash,
            at: Timestamp,
        ) -> Answer<()> {
            update(users::table.find(DbId::from(id)).filter(users::deleted_at.is_null()))
                .set((users::password_hash.eq(hash.0), users::updated_at.eq(at.as_micros())))
                .execute(c)$(.$await)??;
            Ok(())
        }

        /// In the order of the ids, so that two who note the same people wait for one another, not each for the other.
        pub $($async)? fn set_last_seen(c: &mut Connection, mut seen: Vec<(UserId, Timestamp)>) -> Answer<()> {
            seen.sort_unstable();
            for (id, at) in seen {
                let at = at.as_micros();
                let earlier = users::last_seen_at.is_null().or(users::last_seen_at.lt(at));
                update(users::table.find(DbId::from(id)).filter(users::deleted_at.is_null()).filter(earlier))
                    .set(users::last_seen_at.eq(at))
                    .execute(c)$(.$await)??;
            }
            Ok(())
        }

        pub $($async)? fn last_seen(c: &mut Connection, id: UserId) -> Answer<Option<Timestamp>> {
            let at = users::table.find(DbId::from(id)).select(users::last_seen_at).get_result::<Option<i64>>(c);
            Ok(at$(.$await)?.optional()?.flatten().map(Timestamp::from_micros))
        }

        pub $($async)? fn erase(c: &mut Connection, id: UserId, at: Timestamp) -> Answer<()> {
            let nothing = None::<String>;
            update(users::table.find(DbId::from(id)).filter(users::deleted_at.is_null()))
                .set((
                    users::username.eq(&nothing),
                    users::email.eq(&nothing),
                    users::name.eq(Profile::DELETED_NAME),
                    users::avatar.eq(&nothing),
                    users::password_hash.eq(""),
                    users::search_key.eq(""),
                    users::updated_at.eq(at.as_micros()),
                    users::last_seen_at.eq(None::<i64>),
                    users::deleted_at.eq(at.as_micros()),
                ))
                .execute(c)$(.$await)??;
            delete(sessions::table.filter(sessions::user_id.eq(DbId::from(id)))).execute(c)$(.$await)??;
            Ok(())
        }
    };
}
pub(in crate::db) use users;
