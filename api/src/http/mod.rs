//! The REST door: one file per resource, each with its controllers and its routes.
//!
//! # How to add a call
//!
//! 1. Its body is a [`Request`](crate::input::Request) in [`crate::dto`], its parameters are in [`query`].
//! 2. Its controller extracts, calls one use case, and answers; a use case that writes runs
//!    [`uncancelled`](crate::uncancelled). `#[utoipa::path]` documents it, and `x-error-codes` lists the codes that are
//!    its own: the common ones are added by [`docs`].
//! 3. Its route goes into `routes` of its file, its path into [`docs`].
//!
//! When several refusals apply they come in this order: 401 and the caller's own 429 (the route is
//! [`guarded`](resource::guarded)), then what the extractors refuse, then what the other [`limits`](crate::limits) and
//! the use case do.

mod answer;
pub mod around;
mod authenticated;
mod client;
pub(crate) mod cursor;
mod failure;
mod json;
mod path;
mod query;
mod resource;

mod auth;
mod conversations;
pub mod docs;
mod health;
mod messages;
mod participants;
mod users;

use actix_cors::Cors;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, Error};

use self::around::RequestIds;
use self::failure::Told;
use self::json::BodyLimits;
use crate::AppState;
use crate::config::HttpSettings;

/// Where the calls of the REST door are.
pub const BASE: &str = "/api/v1";

/// The app: the routes of this door, and what surrounds every request at any door.
pub fn app(
    state: web::Data<AppState>,
    request_ids: web::Data<RequestIds>,
    settings: &HttpSettings,
) -> App<
    impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()> + use<>,
> {
    App::new()
        .app_data(state)
        .app_data(request_ids)
        .configure(routes(settings))
        .default_service(web::to(nowhere))
        .wrap(cors(settings))
        .wrap(from_fn(around::around))
}

/// All routes of this door.
fn routes(settings: &HttpSettings) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let body_limits = BodyLimits { bytes: settings.max_body_bytes, time: settings.body_timeout };
    let swagger_ui = settings.swagger_ui;
    move |config| {
        config.app_data(web::Data::new(body_limits));
        config.configure(health::routes);
        config.configure(|config| docs::routes(config, swagger_ui));
        let api = web::scope(BASE)
            .configure(auth::routes)
            .configure(users::routes)
            // Before the conversations: longer paths first.
            .configure(participants::routes)
            .configure(messages::routes)
            .configure(conversations::routes);
        config.service(api);
    }
}

/// Who gets an answer that is no controller's.
async fn nowhere() -> Result<String, Told> {
    Err(Told::route_not_found())
}

/// Which web pages of other origins may call. None gets credentials: there are no cookies to send.
fn cors(settings: &HttpSettings) -> Cors {
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_any_header()
        .expose_headers([around::REQUEST_ID, header::RETRY_AFTER])
        .max_age(3600);
    match &settings.cors_origins {
        None => cors.allow_any_origin().send_wildcard(),
        Some(origins) => origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin)),
    }
}

#[cfg(test)]
mod tests;
