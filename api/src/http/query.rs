//! Parameters in queries. Keys that nobody knows are passed over.

use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use application::messages::{Around, HistoryPage};
use domain::error::Invalid;
use domain::repository::UserFilter;
use domain::value::Username;
use domain::{Limit, Seq};
use utoipa::IntoParams;

use super::cursor::{Cursor, parse};
use super::failure::Told;
use crate::input::{self, Field, Fields};
use crate::problem::Problem;

/// The parameters of a call, read into what they come to.
pub struct Query<T: Parameters>(pub T::Query);

/// A set of parameters. The struct itself only documents them.
pub trait Parameters {
    /// What they come to.
    type Query;

    /// Reads them, noting every fault.
    fn read(given: &Given, fields: &mut Fields) -> Option<Self::Query>;
}

/// The parameters as they were given.
pub struct Given(Vec<(String, String)>);

impl Given {
    /// Reads one, given once; `None` where it is not given, or at fault.
    fn read<T>(
        &self,
        fields: &mut Fields,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
        let first = values.next()?;
        if values.next().is_some() {
            fields.fault(name, "must be given once");
            return None;
        }
        fields.optional(name, Field::Is(first.clone()), parse)
    }

    fn limit(&self, fields: &mut Fields) -> Limit {
        self.read(fields, "limit", limit).unwrap_or_default()
    }
}

impl<T: Parameters> FromRequest for Query<T> {
    type Error = Told;
    type Future = Ready<Result<Self, Told>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read::<T>(request.query_string()))
    }
}

fn read<T: Parameters>(query: &str) -> Result<Query<T>, Told> {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(query).map(web::Query::into_inner);
    let given = Given(pairs.map_err(|_| Problem::invalid(Vec::new()))?);
    let mut fields = Fields::default();
    let read = T::read(&given, &mut fields);
    let query = fields.finish(read).map_err(Problem::invalid)?;
    Ok(Query(query))
}

fn limit(text: &str) -> Result<Limit, Invalid> {
    let rows = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    rows.and_then(Limit::new).ok_or(Invalid("must be a whole number from 1 to 100"))
}

fn seq(text: &str) -> Result<Seq, Invalid> {
    let seq = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    seq.ok_or(Invalid("must be a whole number, 0 or more"))
}

fn around(text: &str) -> Result<Around, Invalid> {
    seq(text)
        .map(Around::Seq)
        .or_else(|_| input::id(text).map(Around::Message))
        .map_err(|_| Invalid("must be a message id or a seq"))
}

/// Which people.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "the fields document the parameters")]
pub struct UsersQuery {
    /// Only those whose username or name contains this, without case: at most 64 characters.
    #[param(max_length = 64, example = "ada")]
    search: Option<String>,
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
    /// The most rows.
    #[param(minimum = 1, maximum = 100, default = 50, example = 50)]
    limit: Option<i64>,
}

impl Parameters for UsersQuery {
    type Query = UserFilter;

    fn read(given: &Given, fields: &mut Fields) -> Option<UserFilter> {
        let search = given.read(fields, "search", |text| match text.chars().count() {
            ..=64 => Ok(text.to_owned()),
            _ => Err(Invalid("must be at most 64 characters")),
        });
        let after = given.read(fields, "cursor", parse::<Username>);
        Some(UserFilter { search: search.filter(|text| !text.is_empty()), after, limit: given.limit(fields) })
    }
}

/// Which page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "the fields document the parameters")]
pub struct PageQuery {
    /// The `nextCursor` of the page before.
    cursor: Option<String>,
    /// The most rows.
    #[param(minimum = 1, maximum = 100, default = 50, example = 50)]
    limit: Option<i64>,
}

/// The same, of a list with such cursors.
pub struct PageOf<C>(PhantomData<C>);

impl<C: Cursor> Parameters for PageOf<C> {
    type Query = (Option<C>, Limit);

    fn read(given: &Given, fields: &mut Fields) -> Option<Self::Query> {
        Some((given.read(fields, "cursor", parse::<C>), given.limit(fields)))
    }
}

/// Which part of a history. At most one of `before` and `after`; without them the newest.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "the fields document the parameters")]
pub struct HistoryQuery {
    /// The page nearest before this message id or seq.
    #[param(example = "120")]
    before: Option<String>,
    /// The page nearest after this message id or seq.
    after: Option<String>,
    /// The most rows.
    #[param(minimum = 1, maximum = 100, default = 50, example = 50)]
    limit: Option<i64>,
}

impl Parameters for HistoryQuery {
    type Query = (HistoryPage, Limit);

    fn read(given: &Given, fields: &mut Fields) -> Option<Self::Query> {
        let before = given.read(fields, "before", around).map(HistoryPage::Before);
        let after = given.read(fields, "after", around).map(HistoryPage::After);
        if before.is_some() && after.is_some() {
            fields.fault("before", "must not be given together with after");
        }
        Some((before.or(after).unwrap_or(HistoryPage::Latest), given.limit(fields)))
    }
}

/// Which changes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "the fields document the parameters")]
pub struct ChangesQuery {
    /// The place up to which everything is known.
    #[param(minimum = 0, default = 0, example = 12)]
    after: Option<i64>,
    /// The most rows.
    #[param(minimum = 1, maximum = 100, default = 50, example = 50)]
    limit: Option<i64>,
}

impl Parameters for ChangesQuery {
    type Query = (Seq, Limit);

    fn read(given: &Given, fields: &mut Fields) -> Option<Self::Query> {
        Some((given.read(fields, "after", seq).unwrap_or_default(), given.limit(fields)))
    }
}

#[cfg(test)]
mod tests {
    use domain::repository::ActivityCursor;

    use super::*;

    type ConversationsQuery = PageOf<ActivityCursor>;

    fn faults<T: Parameters>(query: &str) -> Vec<String> {
        let told = read::<T>(query).err();
        told.map_or(Vec::new(), |told| told.problem.fields.into_iter().map(|fault| fault.field.into_owned()).collect())
    }

    #[test]
    fn limits_are_plain_numbers() {
        for bad in
            ["0", "-1", "101", "1000000000", "\"5\"", "1e3", "NaN", "", "%2B5", "5.0", "٣", "99999999999999999999"]
        {
            assert_eq!(faults::<ConversationsQuery>(&format!("limit={bad}")), ["limit"], "{bad}");
        }
        for good in ["", "limit=1", "limit=100", "page=3&take=7", "limit"] {
            assert_eq!(faults::<ConversationsQuery>(good), if good == "limit" { vec!["limit"] } else { vec![] });
        }
        assert_eq!(faults::<ConversationsQuery>("limit=5&limit=6"), ["limit"]);
    }

    #[test]
    fn a_history_goes_one_way() {
        let id = "0192F0C2-11d0-7c44-8d5e-9f1b2c3d4e5f";
        assert!(faults::<HistoryQuery>(&format!("before={id}")).is_empty());
        assert!(faults::<HistoryQuery>("after=0").is_empty());
        assert_eq!(faults::<HistoryQuery>(&format!("before={id}&after=3")), ["before"]);
        assert_eq!(faults::<HistoryQuery>("before=-3&limit=0"), ["before", "limit"]);
        assert_eq!(faults::<HistoryQuery>("after=%27%3B+DROP+TABLE"), ["after"]);
    }

    #[test]
    fn cursors_of_another_list_are_refused() {
        let cursor = Username::parse("ada").unwrap().write();
        assert!(faults::<UsersQuery>(&format!("cursor={cursor}")).is_empty());
        assert_eq!(faults::<ConversationsQuery>(&format!("cursor={cursor}")), ["cursor"]);
        assert_eq!(faults::<UsersQuery>("cursor=x'y"), ["cursor"]);
        assert_eq!(faults::<UsersQuery>(&format!("search={}", "x".repeat(65))), ["search"]);
    }
}
