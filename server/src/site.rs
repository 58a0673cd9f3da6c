//! The built files: which addresses are current, and how they are served.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use base::assets::SiteAssets;
use serde::Deserialize;
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;

/// The content's hash is part of the name.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Why the site cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    #[error("DAYBILL_SITE: {} cannot be read ({source}); build the site with `cargo xtask run`, or name its folder", path.display())]
    Missing { path: PathBuf, source: std::io::Error },
    #[error("DAYBILL_SITE: {} is no manifest of a site: {source}", path.display())]
    Broken { path: PathBuf, source: serde_json::Error },
}

#[derive(Deserialize)]
struct Manifest {
    css: String,
    js: String,
    wasm: String,
    #[serde(default)]
    files: BTreeMap<String, String>,
}

/// The site as built.
pub struct Site {
    folder: PathBuf,
    pub assets: SiteAssets,
    /// Files of the root such as `robots.txt`, by name, with their addresses.
    files: BTreeMap<String, String>,
}

impl Site {
    pub fn open(folder: &Path) -> Result<Self, SiteError> {
        let path = folder.join("manifest.json");
        let text =
            std::fs::read(&path).map_err(|source| SiteError::Missing { path: path.clone(), source })?;
        let manifest: Manifest =
            serde_json::from_slice(&text).map_err(|source| SiteError::Broken { path, source })?;
        let assets = SiteAssets {
            css: manifest.css,
            js: manifest.js,
            wasm: manifest.wasm,
            fonts: fonts(&folder.join("pkg/fonts")),
        };
        Ok(Self { folder: folder.to_owned(), assets, files: manifest.files })
    }

    /// `/pkg/…` and the files of the root. Everything was compressed by the build.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        // Never of a failure: the next build may bring the file.
        let keep = |value: HeaderValue| {
            SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, move |answer: &Response| {
                (answer.status().is_success() || answer.status() == StatusCode::NOT_MODIFIED)
                    .then(|| value.clone())
            })
        };
        let nosniff =
            SetResponseHeaderLayer::overriding(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let shared = SetResponseHeaderLayer::overriding(
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("same-origin"),
        );
        let pkg = ServeDir::new(self.folder.join("pkg")).precompressed_br().precompressed_gzip();
        let pkg = Router::new().nest_service("/pkg", pkg).layer(keep(FOR_EVER));
        let mut root = Router::new();
        for (name, address) in &self.files {
            let file = self.folder.join(address.trim_start_matches('/'));
            root = root.route_service(
                &format!("/{name}"),
                ServeFile::new(file).precompressed_br().precompressed_gzip(),
            );
        }
        pkg.merge(root.layer(keep(AN_HOUR))).layer(nosniff).layer(shared)
    }
}

/// Only the fonts of the Latin alphabet are needed before the first text is read.
fn fonts(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names
        .filter(|name| {
            Path::new(name).extension().is_some_and(|ending| ending == "woff2")
                && name.starts_with("geist-latin")
                && !name.starts_with("geist-latin-ext")
        })
        .map(|name| format!("/pkg/fonts/{name}"))
        .collect();
    names.sort();
    names
}
