//! `bindgen IN.wasm OUT_FOLDER`: writes `app.js` and `app_bg.wasm` for the browser.
//!
//! The library behind the wasm-bindgen command line, which takes more than twice as long to build.
//! A crate of its own because it is built once on a machine, apart from everything else
//! (rebuilt together | rebuilt apart).

use std::env;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let (Some(input), Some(out)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: bindgen IN.wasm OUT_FOLDER");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    let result = bindgen
        .input_path(input)
        .web(true)
        .and_then(|bindgen| bindgen.typescript(false).out_name("app").generate(out));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The alternate form has the causes, such as a schema of another version.
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
