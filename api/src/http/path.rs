//! Ids in paths.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use domain::{ConversationId, FieldError, MessageId, SessionId, UserId};
use uuid::Uuid;

use super::failure::Told;
use crate::input;
use crate::problem::Problem;

/// The ids in the path, in their order.
pub struct Path<T>(pub T);

/// What a path may hold.
pub trait Ids: Sized {
    /// Takes it from the ids found.
    fn take(ids: &mut impl Iterator<Item = Uuid>) -> Option<Self>;
}

macro_rules! ids {
    ($($id:ident),*) => {$(
        impl Ids for $id {
            fn take(ids: &mut impl Iterator<Item = Uuid>) -> Option<Self> {
                ids.next().map(Self)
            }
        }
    )*};
}
ids!(ConversationId, MessageId, SessionId, UserId);

impl<A: Ids, B: Ids> Ids for (A, B) {
    fn take(ids: &mut impl Iterator<Item = Uuid>) -> Option<Self> {
        Some((A::take(ids)?, B::take(ids)?))
    }
}

impl<T: Ids> FromRequest for Path<T> {
    type Error = Told;
    type Future = Ready<Result<Self, Told>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request))
    }
}

fn read<T: Ids>(request: &HttpRequest) -> Result<Path<T>, Told> {
    let (mut ids, mut faults) = (Vec::new(), Vec::new());
    for (name, text) in request.match_info().iter() {
        match input::id::<Uuid>(text) {
            Ok(id) => ids.push(id),
            Err(rule) => faults.push(FieldError::new(name.to_owned(), rule.0)),
        }
    }
    if !faults.is_empty() {
        return Err(Problem::invalid(faults).into());
    }
    let path = T::take(&mut ids.into_iter()).map(Path);
    path.ok_or_else(|| Problem::internal("a route lacks an id that its controller takes").into())
}
