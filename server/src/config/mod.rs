//! Settings: read once, checked whole, one file per concern. A wrong value stops the start with one line
//! that names the variable and the reason.

mod mail;
mod net;
mod services;
mod storage;
mod tiktok;

use std::path::PathBuf;

pub use mail::Mail;
pub use net::Net;
pub use services::Services;
pub use storage::Storage;
pub use tiktok::Tiktok;

/// A setting that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable}: {reason}")]
pub struct Wrong {
    pub variable: &'static str,
    pub reason: String,
}

impl Wrong {
    fn new(variable: &'static str, reason: impl Into<String>) -> Self {
        Self { variable, reason: reason.into() }
    }
}

/// Where settings come from: a flag, or the environment. Empty counts as unset.
pub struct Source<'a>(pub &'a dyn Fn(&str) -> Option<String>);

impl Source<'_> {
    fn get(&self, variable: &'static str) -> Option<String> {
        (self.0)(variable).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn url(&self, variable: &'static str) -> Result<Option<url::Url>, Wrong> {
        let Some(text) = self.get(variable) else { return Ok(None) };
        let url =
            url::Url::parse(&text).map_err(|error| Wrong::new(variable, format!("`{text}`: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(Wrong::new(
                variable,
                format!("`{text}` must begin with http:// or https:// and name a host"),
            ));
        }
        Ok(Some(url))
    }

    fn switch(&self, variable: &'static str) -> Result<Option<bool>, Wrong> {
        match self.get(variable).as_deref() {
            None => Ok(None),
            Some("on") => Ok(Some(true)),
            Some("off") => Ok(Some(false)),
            Some(other) => Err(Wrong::new(variable, format!("`{other}` is neither `on` nor `off`"))),
        }
    }
}

/// All settings.
#[derive(Debug)]
pub struct Settings {
    pub net: Net,
    /// Private services, local storage, generated keys.
    pub data: PathBuf,
    /// `None`: `keys` below the data folder, made on the first start.
    pub keys: Option<PathBuf>,
    pub services: Services,
    pub storage: Storage,
    pub mail: Mail,
    /// `None`: the sandbox, if that is on.
    pub tiktok: Option<Tiktok>,
    pub sandbox: bool,
    /// The folder with `manifest.json` and `pkg/`.
    pub site: PathBuf,
}

impl Settings {
    pub fn read(source: &Source) -> Result<Self, Wrong> {
        let data = PathBuf::from(source.get("DAYBILL_DATA").unwrap_or_else(|| "var".to_owned()));
        let services = Services::read(source)?;
        let keys = source.get("DAYBILL_KEYS").map(PathBuf::from);
        if keys.is_none() && services.database.is_some() {
            return Err(Wrong::new(
                "DAYBILL_KEYS",
                "must name the key file when DATABASE_URL is set; the data cannot be read without it",
            ));
        }
        let net = Net::read(source)?;
        let sandbox = source.switch("DAYBILL_SANDBOX")?.unwrap_or(services.database.is_none());
        // The sandbox shows everybody's mails, links to confirm an account included.
        if sandbox && !net.listen.ip().is_loopback() {
            return Err(Wrong::new(
                "DAYBILL_SANDBOX",
                format!(
                    "the sandbox shows all mails to whoever can reach {}; set it to off, or listen on 127.0.0.1",
                    net.listen
                ),
            ));
        }
        Ok(Self {
            net,
            storage: Storage::read(source, &data)?,
            mail: Mail::read(source)?,
            tiktok: Tiktok::read(source)?,
            sandbox,
            site: source.get("DAYBILL_SITE").map_or_else(beside_the_program, PathBuf::from),
            data,
            keys,
            services,
        })
    }

    /// Where the key file lies.
    pub fn key_file(&self) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| self.data.join("keys"))
    }
}

/// The build puts the site beside the folder of the program.
fn beside_the_program() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.parent().and_then(std::path::Path::parent).unwrap_or(&program).join("site")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Settings, Wrong> {
        let set: Vec<(String, String)> =
            set.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Settings::read(&Source(&move |name| set.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone())))
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.net.listen.to_string(), "127.0.0.1:3000");
        assert!(settings.sandbox, "a private database comes with the sandbox");
        assert_eq!(settings.key_file(), PathBuf::from("var/keys"));
    }

    #[test]
    fn a_wrong_value_names_its_variable() {
        for (variable, value) in [
            ("DAYBILL_LISTEN", "3000"),
            ("DAYBILL_URL", "daybill.example"),
            ("DAYBILL_URL", "https://daybill.example/sub/"),
            ("DAYBILL_SANDBOX", "yes"),
            ("DATABASE_URL", "mysql://x"),
            ("REDIS_URL", "http://x"),
            ("STORAGE_URL", "s3://bucket"),
            ("MAIL_URL", "smtp://x"),
            ("MAIL_FROM", "nobody"),
            ("TIKTOK_API_URL", "ftp://x"),
        ] {
            let wrong = read(&[("DAYBILL_KEYS", "k"), (variable, value)]).expect_err(variable);
            assert_eq!(wrong.variable, variable);
            assert!(!wrong.to_string().contains('\n'));
        }
    }

    #[test]
    fn the_sandbox_and_its_mails_are_not_shown_to_the_network() {
        let wrong = read(&[("DAYBILL_LISTEN", "0.0.0.0:3000")]).expect_err("open to all");
        assert_eq!(wrong.variable, "DAYBILL_SANDBOX");
        assert!(read(&[("DAYBILL_LISTEN", "0.0.0.0:3000"), ("DAYBILL_SANDBOX", "off")]).is_ok());
    }

    #[test]
    fn half_a_platform_is_refused_and_a_whole_one_gets_the_real_addresses() {
        let wrong = read(&[("TIKTOK_CLIENT_KEY", "k")]).expect_err("no secret");
        assert_eq!(wrong.variable, "TIKTOK_CLIENT_SECRET");
        let tiktok =
            read(&[("TIKTOK_CLIENT_KEY", "k"), ("TIKTOK_CLIENT_SECRET", "s")]).unwrap().tiktok.unwrap();
        assert_eq!(tiktok.api_url.host_str(), Some("open.tiktokapis.com"));
    }

    #[test]
    fn a_database_of_ones_own_asks_for_the_key_file_and_turns_the_sandbox_off() {
        assert_eq!(
            read(&[("DATABASE_URL", "postgres://h/d")]).expect_err("no keys").variable,
            "DAYBILL_KEYS"
        );
        let settings = read(&[("DATABASE_URL", "postgres://h/d"), ("DAYBILL_KEYS", "k")]).unwrap();
        assert!(!settings.sandbox);
    }
}
