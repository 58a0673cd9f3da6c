//! Where the client may go.

use url::{Host, Url};

/// The destinations the operator's settings name. Everything else is refused before any look-up of names, so
/// that no address out of an answer or a form can lead the program astray.
#[derive(Debug, Clone, Default)]
pub struct Destinations {
    /// Scheme, host and port.
    origins: Vec<(String, String, u16)>,
    /// With the dot in front.
    suffixes: Vec<String>,
}

impl Destinations {
    /// Allows the origin (scheme, host, port) of `base`, an address out of the settings. Plain `http` and
    /// loopback are fine here: they are the operator's own choice.
    #[must_use]
    pub fn origin(mut self, base: &Url) -> Self {
        if let (Some(host), Some(port)) = (base.host_str(), base.port_or_known_default()) {
            self.origins.push((base.scheme().to_owned(), host.to_owned(), port));
        }
        self
    }

    /// Allows every host below `suffix`, such as `.tiktokapis.com`, over https on port 443. For platforms
    /// that name an upload host in an answer.
    #[must_use]
    pub fn under(mut self, suffix: &str) -> Self {
        self.suffixes.push(format!(".{}", suffix.trim_start_matches('.').to_ascii_lowercase()));
        self
    }

    /// The parsed address, or why it is refused; the reason never holds path or query.
    pub(super) fn check(&self, address: &str) -> Result<Url, String> {
        let url = Url::parse(address).map_err(|_| "no connection: not a valid address".to_owned())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("no connection: the address holds credentials".to_owned());
        }
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        let is_origin = self.origins.iter().any(|(s, h, p)| s == url.scheme() && h == host && *p == port);
        let is_below = url.scheme() == "https"
            && port == 443
            && matches!(url.host(), Some(Host::Domain(name)) if self.suffixes.iter().any(|s| name.ends_with(s)));
        if is_origin || is_below {
            Ok(url)
        } else {
            Err(format!(
                "no connection: {}://{host}:{port} is none of the destinations in the settings",
                url.scheme()
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_settings_name_is_reached() {
        let destinations = Destinations::default()
            .origin(&Url::parse("http://localhost:3000/sandbox/tiktok").unwrap())
            .origin(&Url::parse("https://open.tiktokapis.com").unwrap())
            .under(".tiktokapis.com");
        for allowed in [
            "http://localhost:3000/elsewhere?a=b",
            "https://open.tiktokapis.com/v2/",
            "https://open-upload.tiktokapis.com/video/?upload_id=1",
            "https://UPLOAD.us.tiktokapis.com:443/video/",
        ] {
            assert!(destinations.check(allowed).is_ok(), "{allowed}");
        }
        for refused in [
            "https://localhost:3000/",
            "http://localhost:3001/",
            "http://127.0.0.1:3000/",
            "http://open-upload.tiktokapis.com/",
            "https://open-upload.tiktokapis.com:8443/",
            "https://tiktokapis.com/",
            "https://eviltiktokapis.com/",
            "https://open-upload.tiktokapis.com.evil.example/",
            "https://user:word@open.tiktokapis.com/",
            "https://evil.example#.tiktokapis.com",
            "file:///etc/passwd",
            "not an address",
        ] {
            assert!(destinations.check(refused).is_err(), "{refused}");
        }
    }
}
