//! Where is the caller?

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};

use crate::AppState;
use crate::limits::Address;

/// Where a request comes from, for the limits per address; `None` if they do not hold for it.
pub struct From(pub Option<Address>);

impl FromRequest for From {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<web::Data<AppState>>();
        let peer = request.peer_addr().map(|peer| peer.ip());
        ready(Ok(Self(state.and_then(|state| state.limits.locate(peer, request.headers())))))
    }
}
