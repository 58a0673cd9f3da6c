//! The whole program behind its real router, and the rules of the house.

mod app;
mod architecture;
mod browser;
mod web;
