//! Login Kit v2: OAuth with TikTok's deviations (contract tiktok.md §1).
//!
//! Types and parsing are those of crate `oauth2`; its client is not used, because TikTok says `client_key`
//! for `client_id`, separates scopes by commas, hashes PKCE to hex, and answers errors with status 200.

use std::time::Duration;

use async_trait::async_trait;
use model::Evidence;
use oauth2::basic::{BasicErrorResponseType, BasicTokenType};
use oauth2::{ExtraTokenFields, StandardErrorResponse, StandardTokenResponse, TokenResponse};
use publishing::{
    Accounts, Answer, Authorize, CallLog, Class, CodeExchange, Connected, Creator, Exchange, Http, Method,
    Refusal, Request, TokenSet,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::calls::{self, Sent};
use super::{CALL_TIMEOUT, Tiktok, api, failures, wire};

/// `video.list` only serves to show the link of what went live; the others are needed.
const SCOPES: &str = "user.info.basic,video.publish,video.list";
const NEEDED: [&str; 2] = ["user.info.basic", "video.publish"];

/// What TikTok adds to a token answer.
#[derive(Debug, Serialize, Deserialize)]
struct Extra {
    open_id: String,
    #[serde(default)]
    refresh_expires_in: Option<u64>,
}

impl ExtraTokenFields for Extra {}

type TokenAnswer = StandardTokenResponse<Extra, BasicTokenType>;
type TokenError = StandardErrorResponse<BasicErrorResponseType>;

/// Contract §1: lower-case hex, not base64url, although the method is named `S256`.
pub(super) fn challenge(verifier: &str) -> String {
    hex::encode(Sha256::digest(verifier))
}

#[async_trait]
impl Accounts for Tiktok {
    fn authorize_url(&self, ask: &Authorize) -> String {
        let mut url = self.config.authorize_url.clone();
        url.query_pairs_mut()
            .append_pair("client_key", &self.config.client_key)
            .append_pair("scope", SCOPES)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", &ask.redirect_uri)
            .append_pair("state", &ask.state)
            // Required for desktop redirects only; taken for the others, and never left out (RFC 9700).
            .append_pair("code_challenge", &challenge(ask.pkce_verifier.expose_secret()))
            .append_pair("code_challenge_method", "S256");
        url.into()
    }

    /// `code` is the decoded one, as a query parser gives it.
    async fn connect(&self, http: &dyn Http, code: &CodeExchange) -> Answer<Connected> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.code.expose_secret()),
            ("redirect_uri", &code.redirect_uri),
            ("code_verifier", code.pkce_verifier.expose_secret()),
        ];
        let answer = self.token(http, &fields, &[&code.code, &code.pkce_verifier]).await;
        let (account, tokens) = match answer.outcome {
            Ok(granted) => granted,
            Err(refusal) => {
                return Answer { outcome: Err(refusal), evidence: answer.evidence, log: answer.log };
            }
        };
        if NEEDED.iter().any(|needed| !tokens.scopes.iter().any(|scope| scope == needed)) {
            let (refusal, evidence) = failures::refusal(401, "scope_not_authorized");
            return Answer { outcome: Err(refusal), evidence, log: answer.log };
        }
        let url = self.api("/v2/user/info/?fields=open_id,display_name,avatar_url");
        let answer = api::get::<wire::UserInfo>(http, &tokens.access, url, CALL_TIMEOUT).await;
        let user = match answer.outcome {
            Ok(info) if info.user.open_id == account => info.user,
            Ok(_) => {
                let words = "TikTok named two different accounts. Connect again.";
                let refusal = Refusal::new(Class::Reconnect, "other_account", words);
                return Answer { outcome: Err(refusal), evidence: Evidence::E7, log: answer.log };
            }
            Err(refusal) => {
                return Answer { outcome: Err(refusal), evidence: answer.evidence, log: answer.log };
            }
        };
        // The handle has a scope of its own; creator info tells it as well, unless posting is stopped just now.
        let creator = self.creator_info(http, &tokens.access, CALL_TIMEOUT).await.outcome.ok();
        let handle = creator.map_or_else(|| user.display_name.clone(), |creator| creator.creator_username);
        let connected = Connected {
            tokens,
            remote_account: account,
            name: user.display_name,
            handle,
            avatar_url: user.avatar_url,
        };
        Answer { outcome: Ok(connected), evidence: Evidence::E8, log: answer.log }
    }

    async fn refresh(&self, http: &dyn Http, refresh: &SecretString) -> Answer<TokenSet> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.expose_secret())];
        self.token(http, &fields, &[refresh]).await.map(|(_, tokens)| tokens)
    }

    /// A token that TikTok no longer knows counts as revoked.
    async fn revoke(&self, http: &dyn Http, token: &SecretString) -> Answer<()> {
        let fields = [("token", token.expose_secret())];
        let (exchange, log) = self.form(http, "/v2/oauth/revoke/", &fields, &[token]).await;
        let (outcome, evidence) = match read(&exchange) {
            Ok(_) => (Ok(()), Evidence::E8),
            Err((refusal, _)) if refusal.code == "invalid_grant" => (Ok(()), Evidence::E8),
            Err((refusal, evidence)) => (Err(refusal), evidence),
        };
        Answer { outcome, evidence, log }
    }

    async fn creator(&self, http: &dyn Http, token: &SecretString) -> Answer<Creator> {
        self.creator_info(http, token, CALL_TIMEOUT).await.map(wire::CreatorInfo::creator)
    }
}

impl Tiktok {
    pub(super) async fn creator_info(
        &self,
        http: &dyn Http,
        token: &SecretString,
        timeout: Duration,
    ) -> Answer<wire::CreatorInfo> {
        let url = self.api("/v2/post/publish/creator_info/query/");
        api::post(http, token, url, json!({}), timeout).await
    }

    /// The account and its tokens.
    async fn token(
        &self,
        http: &dyn Http,
        fields: &[(&str, &str)],
        secrets: &[&SecretString],
    ) -> Answer<(String, TokenSet)> {
        let (exchange, log) = self.form(http, "/v2/oauth/token/", fields, secrets).await;
        let granted = read(&exchange).and_then(|value| {
            let answer = serde_json::from_value::<TokenAnswer>(value).ok();
            answer.and_then(tokens).ok_or_else(|| api::unreadable(exchange.status))
        });
        let (outcome, evidence) = match granted {
            Ok(granted) => (Ok(granted), Evidence::E8),
            Err((refusal, evidence)) => (Err(refusal), evidence),
        };
        Answer { outcome, evidence, log }
    }

    /// Posts `fields` with the app's own key and secret.
    async fn form(
        &self,
        http: &dyn Http,
        path: &str,
        fields: &[(&str, &str)],
        secrets: &[&SecretString],
    ) -> (Exchange, CallLog) {
        let app = [
            ("client_key", &*self.config.client_key),
            ("client_secret", self.config.client_secret.expose_secret()),
        ];
        let all: Vec<(&str, &str)> = app.iter().chain(fields).copied().collect();
        let sent = all.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
        let request = Request::new(Method::Post, self.api(path))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(calls::form(&all))
            .timeout(CALL_TIMEOUT);
        let secrets: Vec<&SecretString> =
            secrets.iter().copied().chain([&self.config.client_secret]).collect();
        let (exchange, mut log) = calls::send(http, request, Sent::Json(Value::Object(sent)), &secrets).await;
        let said: Option<Value> = serde_json::from_slice(&exchange.body).ok();
        log.platform_ref = said.and_then(|said| said.get("log_id")?.as_str().map(str::to_owned));
        (exchange, log)
    }
}

/// Contract §1: errors sometimes come with status 200, so `error` is asked for first.
fn read(exchange: &Exchange) -> Result<Value, (Refusal, Evidence)> {
    if let Some(evidence) = exchange.wire_evidence() {
        return Err((api::unanswered(evidence), evidence));
    }
    let value: Value =
        serde_json::from_slice(&exchange.body).map_err(|_| api::unreadable(exchange.status))?;
    if value.get("error").is_some_and(Value::is_string) {
        let code = serde_json::from_value::<TokenError>(value).map(|error| error.error().as_ref().to_owned());
        return Err(failures::sign_in(exchange.status, &code.unwrap_or_default()));
    }
    if exchange.status >= 300 {
        return Err(api::unreadable(exchange.status));
    }
    Ok(value)
}

/// `None` where the answer leaves out what the contract promises.
fn tokens(answer: TokenAnswer) -> Option<(String, TokenSet)> {
    let access = answer.access_token().secret();
    let refresh =
        answer.refresh_token().map(|token| token.secret().as_str()).filter(|token| !token.is_empty());
    let extra = answer.extra_fields();
    if access.is_empty() || extra.open_id.is_empty() {
        return None;
    }
    let granted = answer.scopes().into_iter().flatten().flat_map(|scopes| scopes.split(','));
    let tokens = TokenSet {
        access: SecretString::from(access.as_str()),
        refresh: refresh.map(SecretString::from),
        access_expires_in: answer.expires_in()?,
        refresh_expires_in: extra.refresh_expires_in.map(Duration::from_secs),
        scopes: granted.map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
    };
    Some((extra.open_id.clone(), tokens))
}
