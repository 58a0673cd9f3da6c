//! One module per platform, each from its contract in `server/sandbox/contracts/`.

mod calls;
pub mod tiktok;
