//! Who is calling?

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use application::Caller;

use super::failure::Told;
use crate::AppState;
use crate::problem::Problem;

/// The longest access token that is looked at.
const LONGEST: usize = 8 * 1024;

/// The caller, in the controllers of [`super::resource::guarded`] calls.
pub struct Authenticated(pub Caller);

impl FromRequest for Authenticated {
    type Error = Told;
    type Future = Ready<Result<Self, Told>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Caller>().copied();
        ready(caller.map(Self).ok_or_else(|| Problem::unauthenticated().into()))
    }
}

/// The caller behind the request's `Authorization: Bearer`. A token anywhere else, as in the query, is not seen. A caller
/// who comes too often is refused here, before anything else of the request is looked at.
pub async fn caller(request: &HttpRequest) -> Result<Caller, Told> {
    let state = request.app_data::<web::Data<AppState>>().ok_or_else(|| Problem::internal("no state"))?.clone();
    let token = bearer(request).ok_or_else(Problem::unauthenticated)?.to_owned();
    let caller = state.authenticate.execute(&token).await?;
    state.limits.call(caller.user_id)?;
    Ok(caller)
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let mut headers = request.headers().get_all(header::AUTHORIZATION);
    let (value, None) = (headers.next()?.to_str().ok()?, headers.next()) else { return None };
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim_matches(' ');
    let plausible = !token.is_empty() && token.len() <= LONGEST;
    (scheme.eq_ignore_ascii_case("bearer") && plausible).then_some(token)
}
