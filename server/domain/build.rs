//! A new migration makes a new program: `migrate!` reads a folder that cargo does not watch by itself.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
