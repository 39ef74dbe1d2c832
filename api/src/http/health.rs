//! Whether the service is well.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::web::{Data, ServiceConfig};
use domain::ErrorKind;
use futures_util::future::join_all;
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use super::answer::{Answer, Envelope, ok};
use super::resource::{open, resource};
use crate::AppState;
use crate::problem::{Problem, code};

/// How long a dependency may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How the service is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthDto {
    /// Always `ok`: otherwise there is no answer, or an error.
    #[schema(value_type = String, example = "ok")]
    status: &'static str,
    /// What the service stands on, and that it answers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>, required = false, example = json!({"database": "ok"}))]
    dependencies: BTreeMap<&'static str, &'static str>,
}

/// Whether the process answers. It says nothing of what it stands on.
#[utoipa::path(
    get, path = "/health", tag = "operations", operation_id = "getHealth",
    responses((status = 200, description = "It does.", body = Envelope<HealthDto>)),
    security(())
)]
async fn health() -> Answer {
    ok::<HealthDto>(HealthDto { status: "ok", dependencies: BTreeMap::new() })
}

/// Whether the process lives. A process that does not answer this should be started again.
#[utoipa::path(
    get, path = "/health/live", tag = "operations", operation_id = "getLiveness",
    responses((status = 200, description = "It does.", body = Envelope<HealthDto>)),
    security(())
)]
async fn live() -> Answer {
    health().await
}

/// Whether requests should be sent here: every dependency answers, and the service is not about to stop.
#[utoipa::path(
    get, path = "/health/ready", tag = "operations", operation_id = "getReadiness",
    responses((status = 200, description = "They should.", body = Envelope<HealthDto>)),
    security(())
)]
async fn ready(state: Data<AppState>) -> Answer {
    if state.stopping.has_begun() {
        return Err(not_ready("The service is stopping.".to_owned()).into());
    }
    let checks = state.dependencies.iter().map(|dependency| async move {
        (dependency.name(), timeout(PATIENCE, dependency.check()).await.unwrap_or(false))
    });
    let (well, ill): (Vec<_>, Vec<_>) = join_all(checks).await.into_iter().partition(|(_, well)| *well);
    if ill.is_empty() {
        let dependencies = well.into_iter().map(|(name, _)| (name, "ok")).collect();
        return ok::<HealthDto>(HealthDto { status: "ok", dependencies });
    }
    let names: Vec<&str> = ill.into_iter().map(|(name, _)| name).collect();
    Err(not_ready(format!("These do not answer: {}.", names.join(", "))).into())
}

fn not_ready(message: String) -> Problem {
    Problem::new(ErrorKind::Unavailable, code::UNAVAILABLE, message)
}

/// The routes of this file.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/health", [open(Method::GET, health)]))
        .service(resource("/health/live", [open(Method::GET, live)]))
        .service(resource("/health/ready", [open(Method::GET, ready)]));
}

/// The documentation of this file's calls.
#[derive(utoipa::OpenApi)]
#[openapi(paths(health, live, ready))]
pub struct Docs;
