//! The never-twice core: state machine, evidence, planner and executor.
//!
//! A crate of its own because it decides and never acts: everything outside is a trait (`Store`,
//! `Platform`, `Http`, `Blobs`, `Tokens`, `Hints`, `Clock`, `Rng`), so that the same code runs against
//! PostgreSQL and real platforms, against the sandbox, and in one simulated thread.
//! The rules it keeps are in this crate's README; sections are cited from there.

pub mod answer;
mod commit;
pub mod executor;
pub mod failpoint;
pub mod http;
pub mod machine;
pub mod platform;
mod prepare;
pub mod store;
pub mod time;
mod verdict;
mod verify;

pub use answer::{Answer, CallLog, Class, Refusal};
pub use executor::{Dispatched, Executor, Handled};
pub use http::{Body, ByteStream, Exchange, Http, Method, Request, Wire};
pub use platform::{
    Accounts, Authorize, Blobs, Capabilities, CodeExchange, Committed, Connected, Content, Creator, Cx,
    Idempotency, Media, Next, Platform, Platforms, Prepared, Progress, StepPlan, TokenSet, TokenTrouble,
    Tokens,
};
pub use store::{
    Census, Fence, Gate, Hint, Hints, HintsError, Job, NewStep, Owner, Reason, Step, StepEnd, Store,
    StoreError, Then, Transition,
};
pub use time::{Clock, Rng};
