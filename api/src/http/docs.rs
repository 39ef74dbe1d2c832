//! The documents: `OpenAPI` with Swagger UI to read it by, and `AsyncAPI` with a page of its own.

mod complete;
mod live;

use std::sync::{Arc, LazyLock};

use actix_web::http::Method;
use actix_web::http::header;
use actix_web::web::{Bytes, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use utoipa::OpenApi as _;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_swagger_ui::Config;

use super::answer::Answer;
use super::failure::{ErrorDto, Told};
use super::resource::{open, resource};
use crate::dto::never_left_out;
use crate::problem::Problem;

/// What the page of Swagger UI may load: its own files, and what its styles draw.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// The frame of the document; the calls come from their own files.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Confab",
        description = include_str!("docs/description.md"),
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    servers((url = "/", description = "this server")),
    components(schemas(ErrorDto)),
    security(("bearer" = [])),
    tags(
        (name = "auth", description = "Accounts and sign-ins"),
        (name = "users", description = "People and their profiles"),
        (name = "conversations", description = "Direct conversations and groups"),
        (name = "participants", description = "Who takes part in a group"),
        (name = "messages", description = "What is said"),
        (name = "operations", description = "Whether the service is well")
    )
)]
struct Frame;

static DOCUMENT: LazyLock<Result<Bytes, serde_json::Error>> =
    LazyLock::new(|| document().and_then(|document| serde_json::to_vec(&document)).map(Bytes::from));

/// The document, complete with examples and failures.
pub fn document() -> Result<serde_json::Value, serde_json::Error> {
    let mut document = Frame::openapi();
    for part in [
        super::auth::Docs::openapi(),
        super::users::Docs::openapi(),
        super::conversations::Docs::openapi(),
        super::participants::Docs::openapi(),
        super::messages::Docs::openapi(),
        super::health::Docs::openapi(),
    ] {
        document.merge(part);
    }
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    document.components.get_or_insert_default().add_security_scheme("bearer", bearer);
    let mut document = serde_json::to_value(document)?;
    for (_, schema) in document["components"]["schemas"].as_object_mut().into_iter().flatten() {
        never_left_out(schema);
    }
    complete::complete(&mut document);
    Ok(document)
}

async fn openapi() -> Answer {
    match &*DOCUMENT {
        Ok(json) => Ok(HttpResponse::Ok().content_type("application/json").body(json.clone())),
        Err(error) => Err(Problem::internal(format!("the OpenAPI document: {error}")).into()),
    }
}

/// One of Swagger UI's files. All of them are in the binary.
async fn file(request: HttpRequest, config: Data<Config<'static>>) -> Answer {
    let name = request.match_info().query("file");
    let found = utoipa_swagger_ui::serve(name, config.into_inner());
    let found = found.map_err(|error| Problem::internal(format!("Swagger UI: {error}")))?;
    let file = found.ok_or_else(Told::route_not_found)?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CONTENT_SECURITY_POLICY, PAGE_POLICY));
    response.insert_header((header::CACHE_CONTROL, "public, max-age=3600"));
    if file.gzpipped {
        response.insert_header((header::CONTENT_ENCODING, "gzip"));
    }
    Ok(response.content_type(file.content_type).body(file.bytes.into_owned()))
}

/// The page asks for its files relative to a folder.
async fn to_folder() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/api/")).finish()
}

/// The routes of this file and folder; none if Swagger UI is switched off.
pub fn routes(config: &mut ServiceConfig, swagger_ui: bool) {
    if !swagger_ui {
        return;
    }
    // Without a validator the page asks nobody else for anything.
    let page = Config::new(["/api/openapi.json"]).validator_url("none").display_operation_id(true);
    config
        .app_data(Data::from(Arc::new(page)))
        .service(resource("/api", [open(Method::GET, to_folder)]))
        .service(resource("/api/openapi.json", [open(Method::GET, openapi)]))
        .configure(live::routes)
        .service(resource("/api/{file:[^/]*}", [open(Method::GET, file)]));
}

#[cfg(test)]
mod tests;
