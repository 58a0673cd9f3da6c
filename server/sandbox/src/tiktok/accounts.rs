//! The two people of this TikTok: a public creator and a private account.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;

use crate::tiktok::book::Stage;
use crate::tiktok::settle;
use crate::world::World;

/// Somebody who can give consent.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) open_id: &'static str,
    pub(crate) union_id: &'static str,
    pub(crate) username: &'static str,
    pub(crate) display_name: &'static str,
    pub(crate) bio: &'static str,
    pub(crate) is_private: bool,
    /// A colour by which one tells the pictures apart.
    pub(crate) colour: &'static str,
}

pub(crate) static ACCOUNTS: [Account; 2] = [
    Account {
        open_id: "723f24d7-0f0c-4a3c-9f52-1c9a2f0a7d11",
        union_id: "c3a0f1de-6d0b-4c53-8a0e-5a4f4a0f2b01",
        username: "northwind",
        display_name: "Northwind Coffee",
        bio: "Roasted by the harbour",
        is_private: false,
        colour: "#0f766e",
    },
    Account {
        open_id: "9b1e6c52-57d4-4f0e-8c36-7f3d2e5b8a22",
        union_id: "c3a0f1de-6d0b-4c53-8a0e-5a4f4a0f2b02",
        username: "mirafilms",
        display_name: "Mira Films",
        bio: "Short films, for friends",
        is_private: true,
        colour: "#9f1239",
    },
];

impl Account {
    pub(crate) fn by_open_id(open_id: &str) -> Option<&'static Self> {
        ACCOUNTS.iter().find(|account| account.open_id == open_id)
    }

    pub(crate) fn by_username(username: &str) -> Option<&'static Self> {
        ACCOUNTS.iter().find(|account| account.username == username)
    }

    // Contract §3.
    pub(crate) fn privacy_level_options(&self) -> [&'static str; 3] {
        let widest = if self.is_private { "FOLLOWER_OF_CREATOR" } else { "PUBLIC_TO_EVERYONE" };
        [widest, "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    }

    pub(crate) fn avatar_url(&self, world: &World) -> String {
        world.address(&format!("/tiktok/avatars/{}", self.username))
    }
}

pub(super) async fn avatar(Path(username): Path<String>) -> Response {
    let Some(account) = Account::by_username(&username) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (colour, letter) = (account.colour, &account.display_name[..1]);
    let picture = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="100" height="100"><rect width="100" height="100" fill="{colour}"/><text x="50" y="67" font-size="48" font-family="sans-serif" text-anchor="middle" fill="#ffffff">{letter}</text></svg>"##
    );
    ([(header::CONTENT_TYPE, "image/svg+xml")], picture).into_response()
}

/// The person takes the app's access away in the settings of their account.
pub(super) async fn disconnect(State(world): State<World>, Path(username): Path<String>) -> Response {
    let Some(account) = Account::by_username(&username) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    world
        .change(|state, now| {
            let had_access = state.tiktok.revoke_all_of(account.open_id);
            for task in state.tiktok.tasks.values_mut().filter(|task| task.open_id == account.open_id) {
                if matches!(task.stage, Stage::AwaitingUpload | Stage::Processing { .. }) {
                    task.stage = Stage::Failed { reason: "auth_removed".into(), at_ms: now };
                }
            }
            if had_access {
                // Contract §9: reason 1 is the user who disconnects.
                let content = json!({ "reason": 1 });
                settle::announce(state, now, now, "authorization.removed", account.open_id, &content);
            }
        })
        .await;
    Redirect::to(world.home()).into_response()
}
