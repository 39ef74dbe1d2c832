//! Sign-ins.

macro_rules! sessions {
    ($($async:ident $await:ident $for_update:ident $for_share:ident)?) => {
        /// The account's row is locked, so that its end or another password comes wholly before or wholly after.
        pub $($async)? fn insert(c: &mut Connection, session: Session, password: PasswordHash) -> Answer<bool> {
            let holder = users::table
                .find(DbId::from(session.user_id))
                .filter(users::deleted_at.is_null())
                .filter(users::password_hash.eq(password.0))
                .select(users::id)
                $(.$for_share())?
                .get_result::<DbId>(c)$(.$await)?
                .optional()?;
            if holder.is_some() {
                insert_into(sessions::table).values(SessionRow::from(&session)).execute(c)$(.$await)??;
            }
            Ok(holder.is_some())
        }

        pub $($async)? fn find(c: &mut Connection, id: SessionId) -> Answer<Option<Session>> {
            let session = sessions::table.find(DbId::from(id)).select(SessionRow::as_select());
            Ok(session.get_result(c)$(.$await)?.optional()?.map(Session::from))
        }

        pub $($async)? fn list(c: &mut Connection, user_id: UserId, now: Timestamp) -> Answer<Vec<Session>> {
            let rows = sessions::table
                .filter(sessions::user_id.eq(DbId::from(user_id)))
                .filter(sessions::revoked_at.is_null())
                .filter(sessions::expires_at.gt(now.as_micros()))
                .order((sessions::created_at.desc(), sessions::id.desc()))
                .select(SessionRow::as_select())
                .load(c)$(.$await)??;
            Ok(rows.into_iter().map(Session::from).collect())
        }

        pub $($async)? fn advance(
            c: &mut Connection,
            id: SessionId,
            from: i64,
            next: TokenHash,
            at: Timestamp,
            expires_at: Timestamp,
        ) -> Answer<bool> {
            let present = sessions::table
                .find(DbId::from(id))
                .filter(sessions::generation.eq(from))
                .filter(sessions::revoked_at.is_null());
            let advanced = update(present)
                .set((
                    sessions::previous_hash.eq(sessions::refresh_hash.nullable()),
                    sessions::refresh_hash.eq(next.0),
                    sessions::generation.eq(from + 1),
                    sessions::last_used_at.eq(at.as_micros()),
                    sessions::expires_at.eq(expires_at.as_micros()),
                ))
                .execute(c)$(.$await)??;
            Ok(advanced == 1)
        }

        pub $($async)? fn revoke(
            c: &mut Connection,
            user_id: UserId,
            id: SessionId,
            at: Timestamp,
        ) -> Answer<bool> {
            let present = sessions::table
                .find(DbId::from(id))
                .filter(sessions::user_id.eq(DbId::from(user_id)))
                .filter(sessions::revoked_at.is_null());
            Ok(update(present).set(sessions::revoked_at.eq(at.as_micros())).execute(c)$(.$await)?? == 1)
        }

        pub $($async)? fn revoke_all(
            c: &mut Connection,
            user_id: UserId,
            except: Option<SessionId>,
            at: Timestamp,
        ) -> Answer<Vec<SessionId>> {
            let mut revocation = update(sessions::table)
                .filter(sessions::user_id.eq(DbId::from(user_id)))
                .filter(sessions::revoked_at.is_null())
                .set(sessions::revoked_at.eq(at.as_micros()))
                .into_boxed::<Backend>();
            if let Some(kept) = except {
                revocation = revocation.filter(sessions::id.ne(DbId::from(kept)));
            }
            let revoked = revocation.returning(sessions::id).get_results::<DbId>(c)$(.$await)??;
            Ok(revoked.into_iter().map(SessionId::from).collect())
        }
    };
}
pub(in crate::db) use sessions;
