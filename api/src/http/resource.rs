//! Paths and the methods they answer.

use std::rc::Rc;

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::HeaderValue;
use actix_web::middleware::{Next, from_fn};
use actix_web::{
    Error, FromRequest, Handler, HttpMessage as _, Resource, Responder, Route, body::MessageBody, guard, web,
};
use tracing::warn;

use super::authenticated::caller;
use super::failure::Told;

/// A method of a path, and who answers it.
pub struct Call {
    method: Method,
    route: Route,
}

/// A call that anyone may make.
pub fn open<F, A>(method: Method, handler: F) -> Call
where
    F: Handler<A>,
    A: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let route = if method == Method::GET {
        web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
    } else {
        web::method(method.clone())
    };
    Call { method, route: route.to(handler) }
}

/// A call for who is signed in. That is known before anything else of the request is looked at.
pub fn guarded<F, A>(method: Method, handler: F) -> Call
where
    F: Handler<A>,
    A: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let Call { method, route } = open(method, handler);
    Call { method, route: route.wrap(from_fn(authenticate)) }
}

/// A path with its calls; all other methods get 405.
pub fn resource<const N: usize>(path: &str, calls: [Call; N]) -> Resource {
    let allow = allowed(&calls);
    let resource = web::resource(path);
    let resource = calls.into_iter().fold(resource, |resource, call| resource.route(call.route));
    resource.default_service(web::to(move || {
        let told = Told::method_not_allowed(HeaderValue::clone(&allow));
        async move { Err::<String, Told>(told) }
    }))
}

fn allowed(calls: &[Call]) -> Rc<HeaderValue> {
    let name = |call: &Call| if call.method == Method::GET { "GET, HEAD".to_owned() } else { call.method.to_string() };
    let names: Vec<String> = calls.iter().map(name).collect();
    Rc::new(HeaderValue::try_from(names.join(", ")).unwrap_or_else(|error| {
        warn!(%error, "a method is no header value");
        HeaderValue::from_static("")
    }))
}

/// Puts the caller into the request, or answers 401. Extractors run after it, so a body is never read for nobody.
async fn authenticate<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse, Error> {
    match caller(request.request()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            Ok(next.call(request).await?.map_into_boxed_body())
        }
        Err(told) => Ok(request.error_response(told)),
    }
}
