//! What tests stand on: a database of their own, a frozen clock, seeded chance, and people.
//!
//! A crate of its own because tests and tools need it and the product must not (product | tests and tools).
//! It knows neither leptos nor the router: otherwise every test of `domain` would link the whole app.
//!
//! ```ignore
//! let world = TestWorld::start().await;
//! let editor = world.member(Role::Editor).await;          // signed up, verified, signed in, own workspace
//! let view = posts::home(&world.domain, &editor).await;   // act
//! world.clock.advance(Duration::from_hours(25));          // time passes only when told to
//! world.sql("update …").await;                            // as the owner of the tables
//! ```
//! The outside is handed in: `TestWorld::builder().http(..).platforms(..).tools(..).start().await`.

#![allow(clippy::disallowed_methods, reason = "prepares the outside of tests")]

mod chance;
mod clock;
mod outside;
mod people;
mod postgres;
mod world;

pub use chance::SeededRng;
pub use clock::FrozenClock;
pub use outside::{NoNetwork, NoTools};
pub use people::Person;
pub use world::{Builder, TestWorld};
