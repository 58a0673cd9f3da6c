//! All routes, and the layers every answer goes through.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, FromRef, Request};
use axum::http::{StatusCode, header};
use axum::routing::{MethodRouter, get, post};
use axum::{Router, middleware};
use base::assets::SandboxOn;
use base::request::Incoming;
use domain::Domain;
use domain::events::Events;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes as _, generate_route_list};
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate as _, SizeAbove};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::http::health::Health;
use crate::http::{events, health, mails, media, oauth_return, theme, uploads};
use crate::layers::headers::NonceSlot;
use crate::layers::{cross_site, headers, planted, request_id, session, trouble};
use crate::site::Site;

/// Everything but uploads; the longest caption is a thousandth of it.
const BODY_LIMIT: usize = 2 << 20;
/// An answer that takes longer is given up; uploads, downloads and the live line are streams.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The address people use, and what follows from it.
#[derive(Debug, Clone)]
pub struct Public {
    /// Scheme, host and port, without a slash.
    pub origin: String,
    pub secure: bool,
    /// Origins of platforms' consent screens, other than our own.
    pub consent_origins: Vec<String>,
}

/// What handlers share; cheap to clone.
#[derive(Clone)]
pub struct Web {
    pub domain: Domain,
    pub events: Events,
    pub site: Arc<Site>,
    pub sandbox: Option<sandbox::World>,
    pub public: Arc<Public>,
    pub health: Health,
    /// Ends what would otherwise never end, such as live lines.
    pub stop: CancellationToken,
    pub options: LeptosOptions,
}

impl FromRef<Web> for LeptosOptions {
    fn from_ref(web: &Web) -> Self {
        web.options.clone()
    }
}

/// The router with all its layers.
pub fn router(web: Web) -> Router {
    let contexts = contexts(&web);
    let pages = Router::new()
        .leptos_routes_with_context(&web, generate_route_list(app::App), contexts.clone(), app::shell)
        .route("/design", get(leptos_axum::render_app_async_with_context(contexts.clone(), app::design)))
        .fallback(not_found(contexts));

    let short = pages
        .route("/theme", post(theme::choose))
        .route("/connect/{platform}", post(oauth_return::begin))
        .route("/connect/{platform}/callback", get(oauth_return::finish))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, ANSWER_WITHIN))
        .layer(compress());
    let streams = Router::new()
        .route("/events", get(events::line))
        .route("/media/{asset}", get(media::file))
        .route("/media/{asset}/poster", get(media::poster))
        // Capped while it streams, by the use case.
        .route("/media/upload", post(uploads::upload).layer(DefaultBodyLimit::disable()));
    let ours = short
        .merge(streams)
        .layer(middleware::from_fn_with_state(web.clone(), session::resolve))
        .layer(middleware::from_fn_with_state(web.clone(), planted::refuse))
        .layer(middleware::from_fn_with_state(web.clone(), cross_site::refuse));

    let open = Router::new().route("/healthz", get(health::healthz)).route("/readyz", get(health::readyz));
    let mut all = ours.merge(open).merge(web.site.routes());
    if let Some(world) = &web.sandbox {
        // The outside world: programs call it, so it is not asked where a request comes from.
        all = all.route("/sandbox/mail", get(mails::page)).nest_service("/sandbox", world.router());
    }
    all.layer(middleware::from_fn_with_state(web.clone(), trouble::catch))
        .layer(middleware::from_fn_with_state(web.clone(), headers::complete))
        .layer(middleware::from_fn_with_state(web.clone(), request_id::number))
        .with_state(web)
}

/// What pages and server functions find in their context. The same function serves the routes and the
/// fallback.
fn contexts(web: &Web) -> impl Fn() + Clone + Send + Sync + 'static {
    let (domain, assets, sandbox) = (web.domain.clone(), web.site.assets.clone(), web.sandbox.is_some());
    move || {
        provide_context(domain.clone());
        provide_context(assets.clone());
        provide_context(SandboxOn(sandbox));
        let Some(parts) = use_context::<axum::http::request::Parts>() else { return };
        if let Some(incoming) = parts.extensions.get::<Incoming>() {
            provide_context(incoming.clone());
        }
        if let (Some(slot), Some(nonce)) = (parts.extensions.get::<NonceSlot>(), use_nonce()) {
            // Set once per request; a second page of the same request cannot be.
            let _ = slot.0.set(nonce.to_string());
        }
    }
}

/// The app draws its own page for addresses that lead nowhere.
fn not_found(contexts: impl Fn() + Clone + Send + Sync + 'static) -> MethodRouter<Web> {
    let draw = leptos_axum::render_app_async_with_context(contexts, app::shell);
    axum::routing::any(move |request: Request| async move {
        let mut response = draw(request).await;
        if response.status() == StatusCode::OK {
            *response.status_mut() = StatusCode::NOT_FOUND;
        }
        response
    })
}

/// Pages and JSON only: files were compressed by the build, media is compressed in itself, and the live line
/// must not wait for a block to fill.
fn compress() -> CompressionLayer<impl tower_http::compression::predicate::Predicate> {
    let is_text = |_: StatusCode,
                   _: axum::http::Version,
                   headers: &axum::http::HeaderMap,
                   _: &axum::http::Extensions| {
        headers
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("text/html") || kind.starts_with("application/json"))
    };
    CompressionLayer::new().compress_when(SizeAbove::new(512).and(is_text))
}
