//! TikTok: the app's key and where its services are.

use secrecy::SecretString;
use url::Url;

use super::{Source, Wrong};

/// A registered app.
#[derive(Debug)]
pub struct Tiktok {
    pub client_key: String,
    pub client_secret: SecretString,
    /// Without a slash at its end the page is not found; contract tiktok.md §1.
    pub authorize_url: Url,
    pub api_url: Url,
}

impl Tiktok {
    pub(super) fn read(source: &Source) -> Result<Option<Self>, Wrong> {
        let authorize_url = source.url("TIKTOK_AUTHORIZE_URL")?;
        let api_url = source.url("TIKTOK_API_URL")?;
        let secret = source.get("TIKTOK_CLIENT_SECRET");
        let Some(client_key) = source.get("TIKTOK_CLIENT_KEY") else {
            return match secret {
                Some(_) => {
                    Err(Wrong::new("TIKTOK_CLIENT_KEY", "must be set together with TIKTOK_CLIENT_SECRET"))
                }
                None => Ok(None),
            };
        };
        let Some(secret) = secret else {
            return Err(Wrong::new("TIKTOK_CLIENT_SECRET", "must be set together with TIKTOK_CLIENT_KEY"));
        };
        let real = |text: &str| Url::parse(text).expect("the real address is valid");
        Ok(Some(Self {
            client_key,
            client_secret: SecretString::from(secret),
            authorize_url: authorize_url.unwrap_or_else(|| real("https://www.tiktok.com/v2/auth/authorize/")),
            api_url: api_url.unwrap_or_else(|| real("https://open.tiktokapis.com")),
        }))
    }
}
