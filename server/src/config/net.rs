//! Where the program listens, and the address people use.

use std::net::SocketAddr;

use url::Url;

use super::{Source, Wrong};

/// Addresses.
#[derive(Debug)]
pub struct Net {
    pub listen: SocketAddr,
    /// Scheme, host and port only; `None` follows the bound port.
    pub url: Option<Url>,
}

impl Net {
    pub(super) fn read(source: &Source) -> Result<Self, Wrong> {
        let listen = source.get("DAYBILL_LISTEN").unwrap_or_else(|| "127.0.0.1:3000".to_owned());
        // `:0` alone stays on this machine.
        let full = if listen.starts_with(':') { format!("127.0.0.1{listen}") } else { listen.clone() };
        let listen = full.parse().map_err(|_| {
            Wrong::new(
                "DAYBILL_LISTEN",
                format!("`{listen}` is no address with a port such as 127.0.0.1:3000 or :0"),
            )
        })?;
        let url = source.url("DAYBILL_URL")?;
        if let Some(url) = &url
            && (url.path() != "/"
                || url.query().is_some()
                || url.fragment().is_some()
                || !url.username().is_empty())
        {
            return Err(Wrong::new("DAYBILL_URL", format!("`{url}` must end after host and port")));
        }
        Ok(Self { listen, url })
    }
}
