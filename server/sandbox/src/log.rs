//! The record of every call received: what tests judge by, free of queries, tokens and bodies.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::clock::Millis;

/// Older calls stay in the file but are no longer shown.
const SHOWN: usize = 100_000;

/// One call as it was received and answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) at_ms: Millis,
    pub(crate) platform: String,
    #[serde(rename = "call")]
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    /// None when the connection was cut without an answer.
    pub(crate) status: Option<u16>,
    pub(crate) error: Option<String>,
    /// The fault that bent this call.
    pub(crate) fault: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Log {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    calls: VecDeque<Call>,
    file: Option<File>,
}

impl Log {
    /// Opens the file for appending. A line that a crash cut short is left out.
    pub(crate) fn open(dir: &Path) -> std::io::Result<Self> {
        let path = dir.join("log.jsonl");
        let mut calls = VecDeque::new();
        let mut is_torn = false;
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                is_torn = !text.is_empty() && !text.ends_with('\n');
                calls.extend(text.lines().filter_map(|line| serde_json::from_str(line).ok()));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        calls.drain(..calls.len().saturating_sub(SHOWN));
        let mut file = File::options().create(true).append(true).open(path)?;
        if is_torn {
            file.write_all(b"\n")?;
        }
        Ok(Self { inner: Mutex::new(Inner { calls, file: Some(file) }) })
    }

    pub(crate) fn add(&self, call: Call) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &mut inner.file {
            let mut line = serde_json::to_vec(&call).expect("a call is plain data");
            line.push(b'\n');
            if let Err(error) = file.write_all(&line) {
                tracing::error!(%error, "The sandbox could not append to its log");
            }
        }
        if inner.calls.len() == SHOWN {
            inner.calls.pop_front();
        }
        inner.calls.push_back(call);
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).calls.iter().cloned().collect()
    }
}
