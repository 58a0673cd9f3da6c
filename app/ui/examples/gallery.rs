//! Prints the gallery as a page, to look at it without a server:
//! `cargo run -p ui --example gallery > gallery.html`, beside an `app.css`. `dark` as the first argument
//! sets the theme of the page around it.

use leptos::prelude::*;
use ui::Gallery;

fn main() {
    let dark = std::env::args().nth(1).is_some_and(|theme| theme == "dark");
    let owner = Owner::new();
    let body = owner.with(|| view! { <Gallery /> }.to_html());
    println!(
        "<!doctype html><html lang=\"en\" class=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Gallery</title>\
         <link rel=\"stylesheet\" href=\"app.css\"></head><body><main><h1 class=\"sr-only\">Gallery</h1>{body}</main></body></html>",
        if dark { "dark" } else { "" },
    );
}
