//! Use cases and SQL per feature, each test on a database of its own.

mod accounts;
mod brands;
mod catalogue;
mod events;
mod mails;
mod publishing;
mod sessions;
mod tenants;
mod throttle;
