//! The outside where a test has none.

use std::io;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::media::{Facts, MediaTools, ProbeError};
use publishing::{Exchange, Http, Request, Wire};

/// A machine without network: every call fails to connect.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoNetwork;

#[async_trait]
impl Http for NoNetwork {
    async fn send(&self, _: Request) -> Exchange {
        Exchange {
            wire: Wire::NotConnected,
            status: 0,
            headers: Vec::new(),
            body: Bytes::new(),
            trouble: Some("this test has no network".to_owned()),
            took: Duration::ZERO,
        }
    }
}

/// A machine without media tools.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTools;

#[async_trait]
impl MediaTools for NoTools {
    async fn probe(&self, _: &Path, _: &str) -> Result<Facts, ProbeError> {
        Err(missing())
    }

    async fn poster(&self, _: &Path, _: &str) -> Result<Vec<u8>, ProbeError> {
        Err(missing())
    }
}

fn missing() -> ProbeError {
    ProbeError::Tool(io::Error::new(io::ErrorKind::NotFound, "this test has no media tools"))
}
