//! Channels, files, posts and deliveries, on a real database.

mod channels;
mod guard;
mod media;
mod outside;
mod platform;
mod posts;
mod stage;
mod store;
mod tokens;
