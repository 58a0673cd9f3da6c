//! Steps that a person can follow, and commands that fail with a reason.
//!
//! Progress goes to stderr, so that stdout stays what the started program prints.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The result of a step; the error is the sentence for the person.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// A step shorter than this needs no figure.
const WORTH_TELLING: Duration = Duration::from_secs(2);

/// Says what is being done, does it, and says how long it took.
pub(crate) fn step<T>(what: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    eprintln!("▸ {what} …");
    let begin = Instant::now();
    let result = work()?;
    let took = begin.elapsed();
    if took > WORTH_TELLING {
        eprintln!("  {what}: {}", human(took));
    }
    Ok(result)
}

/// Collects the times of the parts of a long run.
#[derive(Default)]
pub(crate) struct Parts {
    done: Vec<(String, Duration)>,
}

impl Parts {
    pub(crate) fn part(&mut self, what: &str, work: impl FnOnce() -> Outcome) -> Outcome {
        eprintln!("━━ {what}");
        let begin = Instant::now();
        work()?;
        self.done.push((what.to_owned(), begin.elapsed()));
        Ok(())
    }

    /// One line with the time of every part so far.
    pub(crate) fn summary(&self) -> String {
        let total: Duration = self.done.iter().map(|(_, took)| *took).sum();
        let parts: Vec<String> =
            self.done.iter().map(|(what, took)| format!("{what} {}", human(*took))).collect();
        format!("{} · together {}", parts.join(" · "), human(total))
    }
}

pub(crate) fn human(took: Duration) -> String {
    let seconds = took.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", took.as_secs_f64()),
        10..120 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// Runs a command whose output the person sees.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|error| format!("failed to run {}: {error}", name(command)))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", line(command))) }
}

/// Runs a command in silence; its output is shown only if it fails.
pub(crate) fn run_quietly(command: &mut Command) -> Outcome {
    read(command).map(drop)
}

/// Runs a command in silence and returns what it printed.
pub(crate) fn read(command: &mut Command) -> Outcome<String> {
    let answer = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("failed to run {}: {error}", name(command)))?;
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    if answer.status.success() {
        return Ok(text);
    }
    let errors = String::from_utf8_lossy(&answer.stderr);
    Err(format!("`{}` failed ({})\n{}{}", line(command), answer.status, text, errors.trim_end()))
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn line(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::human;

    #[test]
    fn times_read_well() {
        assert_eq!(human(Duration::from_millis(2340)), "2.3 s");
        assert_eq!(human(Duration::from_secs(61)), "61 s");
        assert_eq!(human(Duration::from_secs(605)), "10 min 05 s");
    }
}
