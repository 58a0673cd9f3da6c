//! Looks into media files and makes sample ones, with ffmpeg as a sealed-off child process.
//!
//! A crate of its own because it starts foreign programs on foreign bytes: it knows nothing of people,
//! storage or the database, and what it starts sees one file and no network.

#![allow(clippy::disallowed_methods, reason = "starts ffmpeg and knows how to end it")]

mod poster;
mod probe;
mod run;
mod sample;
mod seal;
mod tools;
mod whole;

pub use probe::{Facts, ProbeError};
pub use sample::SampleError;
pub use tools::{Missing, Tools};
