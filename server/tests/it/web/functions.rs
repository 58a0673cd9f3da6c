//! Every public entry by name: a new one is seen here before anybody else sees it.

use server_fn::axum::server_fn_paths;

#[test]
fn the_list_of_server_functions_is_known() {
    let mut list: Vec<String> = server_fn_paths().map(|(path, method)| format!("{method} {path}")).collect();
    list.sort();
    // The router is what links them.
    let _ = server::router::router;
    insta::assert_snapshot!(list.join("\n"), @r"
    POST /api/account/me
    POST /api/account/sign-in
    POST /api/account/sign-out
    POST /api/account/sign-up
    POST /api/account/strength
    POST /api/account/verify
    POST /api/brands/first
    POST /api/brands/zones
    POST /api/channels/disconnect
    POST /api/channels/list
    POST /api/media/get
    POST /api/posts/cancel
    POST /api/posts/compose
    POST /api/posts/get
    POST /api/posts/home
    POST /api/posts/month
    POST /api/posts/schedule
    ");
}
