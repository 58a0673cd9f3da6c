//! Named crash points (README §6). Without the feature `failpoints` they are nothing at all.

/// Dies here, at once and without any clean-up, when the point `name` is switched on
/// (`FAILPOINTS=K32=return` in the environment).
#[macro_export]
macro_rules! crash_point {
    ($name:literal) => {
        #[cfg(feature = "failpoints")]
        fail::fail_point!($name, |_| $crate::failpoint::die($name));
    };
}

/// Ends the process as SIGKILL would: no destructor runs, no answer is sent.
#[cfg(feature = "failpoints")]
pub fn die(name: &str) -> ! {
    eprintln!("crash point {name}");
    std::process::abort()
}
