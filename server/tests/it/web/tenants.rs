//! What belongs to others looks exactly like what is not there.

use axum::http::StatusCode;
use model::PostId;
use uuid::Uuid;

use super::uploads::{actor, owner};
use crate::app::{Answer, TestApp};
use crate::browser::Browser;

#[tokio::test(flavor = "multi_thread")]
async fn a_post_of_another_workspace_looks_like_one_that_is_not_there() {
    let app = TestApp::start().await;
    let (ana, ben) = (owner(&app, "Ana").await, owner(&app, "Ben").await);
    let post = PostId(Uuid::from_u128(7));
    let place = actor(&app, &ana).await.place.expect("the owner has a brand");
    let (workspace, brand) = (place.workspace.0, place.brand.0);
    app.world
        .sql(&format!(
            "begin;
             select set_config('app.workspace_id', '{workspace}', true);
             insert into posts (id, workspace_id, brand_id, state, caption, content, request_key, wall_date,
                 wall_time, zone, due_at, tzdb)
             values ('{id}', '{workspace}', '{brand}', 'scheduled', 'A secret caption', '{{}}', 'key', '2027-06-15',
                 '14:00', 'Europe/Lisbon', '2027-06-15T13:00:00Z', 'test');
             commit;",
            id = post.0
        ))
        .await;
    let own = Browser::of(&app, &ana).get(&format!("/posts/{post}")).await;
    assert_eq!(own.status, StatusCode::OK);
    assert!(own.text().contains("A secret caption"));

    let mut browser = Browser::of(&app, &ben);
    let foreign = browser.get(&format!("/posts/{post}")).await;
    let missing = browser.get(&format!("/posts/{}", PostId(Uuid::from_u128(8)))).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert_eq!(plain(&foreign, post), plain(&missing, PostId(Uuid::from_u128(8))));
}

/// The page without what differs on every page: nonce, and the id that was asked for.
fn plain(answer: &Answer, asked: PostId) -> String {
    let policy = answer.header("content-security-policy").to_owned();
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce");
    answer.text().replace(nonce, "").replace(&asked.to_string(), "")
}
