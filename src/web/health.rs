//! For the machines that watch: is the process alive, and can it serve? No session, plain text.

use super::Web;
use crate::store::schema;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

pub fn routes() -> Router<Web> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready))
}

async fn alive() -> &'static str {
    "ok"
}

/// Ready when the database answers and has exactly this program's schema.
async fn ready(State(web): State<Web>) -> (StatusCode, &'static str) {
    match schema::is_current(&web.app().db).await {
        Ok(true) => (StatusCode::OK, "ready"),
        Ok(false) => (StatusCode::SERVICE_UNAVAILABLE, "the schema of the database is not this program's"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
    }
}
