//! The server functions about the first brand.

use base::Fault;
use leptos::prelude::*;
use model::{BrandView, FirstBrand};

/// Makes the workspace and its first brand, and goes to Home.
#[server(name = BrandsFirst, prefix = "/api", endpoint = "brands/first")]
pub async fn first(input: FirstBrand) -> Result<BrandView, Fault> {
    let cx = base::request::signed_in()?;
    let brand = base::request::answer(base::server::brands::first(&cx.domain, &cx.actor, input).await)?;
    base::redirect("/");
    Ok(brand)
}

/// The time zones one can choose.
#[server(name = BrandsZones, prefix = "/api", endpoint = "brands/zones")]
#[allow(clippy::unused_async, reason = "every server function is async; the browser's half awaits")]
pub async fn zones() -> Result<Vec<String>, Fault> {
    base::request::signed_in()?;
    Ok(base::server::brands::zones())
}
