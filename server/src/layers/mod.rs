//! What happens to every request and every answer, one file per matter.

pub mod cross_site;
pub mod headers;
pub mod planted;
pub mod request_id;
pub mod session;
pub mod trouble;
