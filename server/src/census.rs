//! Which process owns a delivery, and whether it still lives (PUBLISHING §2, "it is proved dead").

use std::fs;

use publishing::{Owner, store::Census};

/// Reads `/proc`. Proves only what this machine can know: an owner of another boot or of another
/// process namespace is never called dead; its deadlines decide.
pub struct ProcCensus {
    here: String,
}

impl ProcCensus {
    pub fn new() -> Self {
        Self { here: here() }
    }

    /// The name of this process as an owner: `host/boot id:namespace/pid/start time`.
    pub fn owner(&self) -> Owner {
        let pid = std::process::id();
        let start = started(pid).unwrap_or_default();
        Owner { id: format!("{}/{}/{pid}/{start}", host(), self.here) }
    }
}

impl Default for ProcCensus {
    fn default() -> Self {
        Self::new()
    }
}

impl Census for ProcCensus {
    fn is_dead(&self, owner: &Owner) -> bool {
        let parts: Vec<&str> = owner.id.split('/').collect();
        let &[_, here, pid, start] = parts.as_slice() else { return false };
        let (Ok(pid), false) = (pid.parse::<u32>(), self.here.is_empty()) else { return false };
        here == self.here && started(pid).as_deref() != Some(start)
    }
}

fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().replace('/', "-")
}

/// This boot of this machine and the namespace its process ids belong to; empty when unknown.
fn here() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    match (boot.trim(), namespace.to_str()) {
        ("", _) | (_, None | Some("")) => String::new(),
        (boot, Some(namespace)) => format!("{boot}:{namespace}"),
    }
}

/// When a process started, in ticks since boot: field 22 of its `stat`, counted after the name, which
/// may hold spaces and brackets. A zombie sends nothing any more and counts as gone.
fn started(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_one_of_another_start_is_dead() {
        let census = ProcCensus::new();
        let own = census.owner();
        assert!(!census.is_dead(&own));
        let earlier = Owner { id: format!("{}0", own.id) };
        assert!(census.is_dead(&earlier), "the same pid with another start time is another process");
    }

    #[test]
    fn nothing_is_proved_about_another_machine() {
        let census = ProcCensus::new();
        let own = census.owner().id;
        let elsewhere = own.replace(&census.here, "another-boot:pid:[1]");
        assert!(!census.is_dead(&Owner { id: format!("{elsewhere}9") }));
        assert!(!census.is_dead(&Owner { id: "rubbish".to_owned() }));
    }
}
