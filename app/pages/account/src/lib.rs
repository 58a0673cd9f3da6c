//! Signing up, confirming the address, signing in and out, and the first brand.
//!
//! A page crate of its own so that an edit here rebuilds nothing else.

mod accounts;
mod brands;
mod frame;

pub use accounts::api::{AccountMe, AccountSignOut, me, sign_out};
pub use accounts::check_mail::CheckMailPage;
pub use accounts::sign_in::SignInPage;
pub use accounts::sign_up::SignUpPage;
pub use accounts::verify::VerifyPage;
pub use brands::page::WelcomePage;
