//! Hand-written statements that stay prepared.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Nullable, Text, Untyped};

use crate::db::schema::{DbId, DbUuid};

/// A statement of fixed text. Diesel's `sql_query` is prepared anew each time, because its text may be anything.
#[derive(Debug)]
pub struct Statement {
    text: &'static str,
    values: Vec<Value>,
}

/// What takes the place of `$1`, `$2`, … in a statement.
#[derive(Debug)]
pub enum Value {
    Number(i64),
    Id(DbId),
    Ids(Vec<DbId>),
    OptionalIds(Vec<Option<DbId>>),
    Numbers(Vec<i64>),
    OptionalNumbers(Vec<Option<i64>>),
    OptionalTexts(Vec<Option<String>>),
}

impl Statement {
    /// The statement `text`, whose parameters appear in the order of `values`, each once.
    pub fn new(text: &'static str, values: Vec<Value>) -> Self {
        Self { text, values }
    }
}

impl QueryFragment<Pg> for Statement {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Diesel numbers the parameters itself, so the text is cut where they stand.
        let mut values = self.values.iter();
        let mut pieces = self.text.split('$');
        out.push_sql(pieces.next().unwrap_or_default());
        for piece in pieces {
            match values.next() {
                Some(Value::Number(number)) => out.push_bind_param::<BigInt, _>(number)?,
                Some(Value::Id(id)) => out.push_bind_param::<DbUuid, _>(id)?,
                Some(Value::Ids(ids)) => out.push_bind_param::<Array<DbUuid>, _>(ids)?,
                Some(Value::OptionalIds(ids)) => out.push_bind_param::<Array<Nullable<DbUuid>>, _>(ids)?,
                Some(Value::Numbers(numbers)) => out.push_bind_param::<Array<BigInt>, _>(numbers)?,
                Some(Value::OptionalNumbers(numbers)) => {
                    out.push_bind_param::<Array<Nullable<BigInt>>, _>(numbers)?;
                }
                Some(Value::OptionalTexts(texts)) => out.push_bind_param::<Array<Nullable<Text>>, _>(texts)?,
                None => return Err(diesel::result::Error::QueryBuilderError("a parameter has no value".into())),
            }
            out.push_sql(piece.trim_start_matches(|c: char| c.is_ascii_digit()));
        }
        Ok(())
    }
}

/// Statements are told apart by their text.
impl QueryId for Statement {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Statement {
    type SqlType = Untyped;
}
