//! Style, script and pictures, carried inside the program.
//!
//! Every file has a URL with the hash of its content, so a browser may keep it for ever and a new
//! release is seen at once; the style files are joined in the order of their names into `app.css`.
//! Only what lies in `static/` is served, never a path that was sent.

use std::sync::LazyLock;

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

const STYLE: &str = "app.css";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

#[derive(rust_embed::Embed)]
#[folder = "static/"]
struct Files;

struct Asset {
    name: String,
    url: String,
    kind: &'static str,
    content: Bytes,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut paths: Vec<_> = Files::iter().filter(|path| !path.split('/').any(|part| part.starts_with('.'))).collect();
    paths.sort_unstable();
    let mut style = Vec::new();
    let mut assets = Vec::new();
    for path in paths {
        let content = Files::get(&path).expect("the list names only files that are there").data.into_owned();
        if path.starts_with("css/") {
            style.extend(content);
            style.push(b'\n');
        } else {
            assets.push(Asset::new(path.rsplit('/').next().unwrap_or(&path), content));
        }
    }
    assets.push(Asset::new(STYLE, style));
    assets
});

impl Asset {
    fn new(name: &str, content: Vec<u8>) -> Self {
        let hash = hex::encode(&Sha256::digest(&content)[..4]);
        Self {
            name: name.to_owned(),
            url: format!("/static/{hash}/{name}"),
            kind: kind_of(name),
            content: content.into(),
        }
    }
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// The URL of a file by its name without folder: `app.css`, `app.js`, `icons.svg`.
///
/// # Panics
/// When there is no such file; names are literals, so the first page that is rendered shows it.
pub fn asset_url(name: &str) -> &'static str {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    asset.map(|asset| asset.url.as_str()).expect("an asset that a page names is in static/")
}

/// The routes under `/static/`. Public: there is nothing in these files that anybody may not know.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/static/{*path}", get(serve))
}

async fn serve(uri: Uri) -> Response {
    match ASSETS.iter().find(|asset| asset.url == uri.path()) {
        Some(asset) => {
            let headers = [(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, FOR_EVER)];
            (headers, asset.content.clone()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn fetch(path: &str) -> (StatusCode, String, String, Bytes) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router::<()>().oneshot(request).await.unwrap();
        let text = |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        let (status, kind, caching) = (response.status(), text(header::CONTENT_TYPE), text(header::CACHE_CONTROL));
        (status, kind, caching, response.into_body().collect().await.unwrap().to_bytes())
    }

    #[tokio::test]
    async fn style_is_one_file_in_the_order_of_names() {
        let (status, kind, caching, content) = fetch(asset_url("app.css")).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/css; charset=utf-8"));
        assert_eq!(caching, "public, max-age=31536000, immutable");
        let mut files: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/static/css"))
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        assert!(files.len() > 1);
        let joined: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap() + "\n").collect();
        assert_eq!(content, joined);
    }

    #[tokio::test]
    async fn every_file_is_served_under_its_hash_with_its_kind() {
        for (name, kind) in [("app.js", "text/javascript; charset=utf-8"), ("icons.svg", "image/svg+xml")] {
            let url = asset_url(name);
            let (status, served_as, _, content) = fetch(url).await;
            assert_eq!((status, served_as.as_str()), (StatusCode::OK, kind));
            let hash = hex::encode(Sha256::digest(&content));
            assert_eq!(url, format!("/static/{}/{name}", &hash[..8]));
        }
        for asset in ASSETS.iter() {
            assert_ne!(asset.kind, "application/octet-stream", "{} needs a content type", asset.name);
        }
        let names: BTreeSet<_> = ASSETS.iter().map(|asset| &asset.name).collect();
        assert_eq!(names.len(), ASSETS.len(), "two files of one name");
    }

    #[tokio::test]
    async fn anything_else_is_not_found_and_not_cached() {
        let other_hash = asset_url("app.css").replace("/static/", "/static/0");
        for path in [
            "/static/x",
            "/static/0000000000000000/app.css",
            &other_hash,
            "/static/../Cargo.toml",
            "/static/%2e%2e/%ff",
        ] {
            let (status, _, caching, content) = fetch(path).await;
            assert_eq!((status, caching.as_str(), content.len()), (StatusCode::NOT_FOUND, "", 0), "{path}");
        }
    }
}
