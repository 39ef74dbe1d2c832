//! The `AsyncAPI` document of what goes over sockets, and a page to read it by.

mod html;
mod page;
mod schema;

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::{Method, header};
use actix_web::web::{Bytes, ServiceConfig};
use serde_json::Value;

use crate::gateway::document::document;
use crate::http::resource::{open, resource};

/// What the page may load: nothing but what is in it, which is text and styles.
const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static DOCUMENT: LazyLock<Value> = LazyLock::new(document);
static JSON: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(DOCUMENT.to_string()));
static PAGE: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(page::page(&DOCUMENT)));

async fn asyncapi() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(JSON.clone())
}

async fn shown() -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CONTENT_SECURITY_POLICY, PAGE_POLICY));
    response.content_type("text/html; charset=utf-8").body(PAGE.clone())
}

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/api/asyncapi.json", [open(Method::GET, asyncapi)]))
        .service(resource("/api/asyncapi", [open(Method::GET, shown)]));
}

#[cfg(test)]
mod tests;
