//! The journeys: Playwright with the system's Chromium, on the release program and bundle.

use crate::paths::Paths;
use crate::setup;
use crate::site::{self, Quality};
use crate::steps::{self, Outcome, step};

/// Builds the release and runs the journeys. Everything needed is installed.
pub(crate) fn journeys(paths: &Paths, arguments: &[String]) -> Outcome {
    site::build(paths, Quality::Best)?;
    step("building the release", || steps::run(paths.cargo().args(["build", "-p", "server", "--release"])))?;
    let chromium =
        setup::chromium().ok_or("no Chromium was found: install it, or set CHROMIUM to its path")?;
    let end2end = paths.root.join("end2end");
    step("running the browser journeys", || {
        steps::run(
            paths
                .command(end2end.join("node_modules/.bin/playwright"))
                .arg("test")
                .args(arguments)
                .current_dir(&end2end)
                .env("CHROMIUM", &chromium)
                .env("DAYBILL_BIN", paths.program("release")),
        )
    })
}
