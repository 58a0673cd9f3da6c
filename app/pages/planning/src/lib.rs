//! Home, composer, calendar and the page of a post.
//!
//! A page crate of its own so that an edit here rebuilds nothing else.

mod calendar;
mod compose;
mod home;
mod posts;

pub use calendar::page::CalendarPage;
pub use compose::draft::forget as forget_draft;
pub use compose::page::ComposePage;
pub use home::page::HomePage;
pub use posts::page::PostPage;
