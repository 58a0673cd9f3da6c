//! The composition root: settings, wiring, routes, and the program's commands.
//!
//! A crate of its own because only here product, adapters, pages and sandbox meet (product | tests and
//! tools: the library half lets tests drive the real router).

pub mod census;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod http;
pub mod layers;
pub mod media_tools;
pub mod router;
pub mod run;
pub mod site;
pub mod telemetry;
pub mod wiring;
