//! What the demonstration prints: one line for each thing that happens.

/// Something begins.
pub(super) fn step(what: &str) {
    println!("· {what}");
}

/// Something is known.
pub(super) fn fact(name: &str, value: &str) {
    println!("  {name:<15} {value}");
}

/// The delivery changed.
pub(super) fn state(at: &str, state: &str, reason: Option<&str>) {
    match reason {
        Some(reason) => println!("  {at:<15} {state} ({reason})"),
        None => println!("  {at:<15} {state}"),
    }
}
