//! TikTok's double against `contracts/tiktok.md`, as an app, a person and a test would meet it.

mod faults;
mod login;
mod rules;
mod world;
