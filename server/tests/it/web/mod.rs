//! What goes over the wire, one file per matter.

mod cross_site;
mod design;
mod functions;
mod headers;
mod sign_up;
mod tenants;
mod uploads;
