//! A child that cannot outlive this process.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::Error;

/// A running child; dropping it does not end it, [`Service::stop`] does.
pub(crate) struct Service {
    pid: u32,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

enum State {
    Starting,
    Running(Child),
    Failed(Option<io::Error>),
    Ended,
}

impl Shared {
    // A panic cannot leave the state half changed, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, state: State) {
        *self.lock() = state;
        self.changed.notify_all();
    }

    fn wait_while(&self, limit: Duration, busy: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        self.changed
            .wait_timeout_while(self.lock(), limit, |state| busy(state))
            .unwrap_or_else(PoisonError::into_inner)
            .0
    }
}

impl Service {
    /// Spawns `command` from a thread of its own.
    ///
    /// The parent-death signal fires when the *thread* that spawned the child ends, so the thread
    /// stays for as long as the child does.
    pub(crate) fn spawn(name: &str, mut command: Command) -> io::Result<Self> {
        let shared = Arc::new(Shared { state: Mutex::new(State::Starting), changed: Condvar::new() });
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name(format!("embedded-{name}")).spawn(move || match command.spawn() {
            Ok(child) => watch(&theirs, child),
            Err(error) => theirs.set(State::Failed(Some(error))),
        })?;
        let mut state = shared.wait_while(Duration::MAX, |state| matches!(state, State::Starting));
        let pid = match &mut *state {
            State::Failed(error) => return Err(error.take().unwrap_or_else(|| io::ErrorKind::Other.into())),
            State::Running(child) => child.id(),
            // Too quick to be seen running; whoever waits for readiness will find it ended.
            State::Starting | State::Ended => 0,
        };
        drop(state);
        Ok(Self { pid, shared })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(*self.shared.lock(), State::Ended | State::Failed(_))
    }

    /// Asks with the given signals in turn, waiting after each, and kills at last.
    pub(crate) fn stop(&self, name: &str, asks: &[(Signal, Duration)]) {
        for &(signal, patience) in asks.iter().chain(&[(Signal::KILL, Duration::from_secs(5))]) {
            self.signal(signal);
            if self.wait(patience) {
                return;
            }
            tracing::warn!(service = name, pid = self.pid, "{name} did not end after {signal:?}");
        }
    }

    fn wait(&self, limit: Duration) -> bool {
        matches!(
            *self.shared.wait_while(limit, |state| matches!(state, State::Running(_))),
            State::Ended | State::Failed(_)
        )
    }

    fn signal(&self, signal: Signal) {
        // Under the lock the child is not reaped yet, so its number cannot belong to somebody else.
        if let State::Running(child) = &*self.shared.lock()
            && let Err(error) = kill_process(Pid::from_child(child), signal)
        {
            tracing::warn!(pid = self.pid, %error, "Failed to signal process {}", self.pid);
        }
    }
}

/// Publishes the child, waits for its end without reaping, and reaps it under the lock.
fn watch(shared: &Shared, child: Child) {
    let pid = Pid::from_child(&child);
    shared.set(State::Running(child));
    while let Err(error) = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
        if error != rustix::io::Errno::INTR {
            break;
        }
    }
    let mut state = shared.lock();
    if let State::Running(child) = &mut *state {
        if let Err(error) = child.wait() {
            tracing::warn!(%pid, %error, "Failed to reap process {pid}");
        }
        *state = State::Ended;
    }
    shared.changed.notify_all();
}

/// Ends what an earlier parent left behind: process `pid`, if it runs with `mark` on its command line.
///
/// It has usually been told to stop already by its parent's death, so it first gets `patience`.
/// Callers hold the lock of the folder: nobody else can own the process.
pub(crate) fn end_previous(
    service: &'static str,
    pid: Option<i32>,
    mark: &Path,
    ask: Signal,
    patience: Duration,
) -> Result<(), Error> {
    let Some(pid) = pid.filter(|pid| *pid > 1 && runs_with(*pid, mark)) else { return Ok(()) };
    tracing::info!(service, pid, "Waiting for {service} of an earlier start (process {pid}) to end");
    for (signal, patience) in
        [(None, patience), (Some(ask), Duration::from_secs(20)), (Some(Signal::KILL), Duration::from_secs(5))]
    {
        if let (Some(signal), Some(target)) = (signal, Pid::from_raw(pid)) {
            // Failing because it is gone is what we want; anything else shows as still running.
            let _ = kill_process(target, signal);
        }
        let until = Instant::now() + patience;
        while Instant::now() < until {
            if !runs_with(pid, mark) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
    Err(Error::Lingering { service, pid })
}

fn runs_with(pid: i32, mark: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt as _;

    let Ok(line) = fs::read(format!("/proc/{pid}/cmdline")) else { return false };
    line.split(|byte| *byte == 0).any(|word| word == mark.as_os_str().as_bytes())
}

/// The end of a log, for error texts.
pub(crate) fn tail(log: &Path) -> String {
    const LINES: usize = 8;
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
