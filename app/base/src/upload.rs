//! Sending a file with its progress shown. Without script the same form is sent as it is.

use leptos::prelude::*;
use model::{AppError, AssetView, ErrorKind, MediaLimits};
use send_wrapper::SendWrapper;
use ui::FileState;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{File, FormData, ProgressEvent, XmlHttpRequest};

use crate::Fault;

/// Where files are sent to.
pub const ADDRESS: &str = "/media/upload";

/// A file on its way; stops when dropped.
pub struct Upload {
    request: XmlHttpRequest,
    _progress: Closure<dyn FnMut(ProgressEvent)>,
    _end: Closure<dyn FnMut()>,
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.request.set_onloadend(None);
        // Does nothing to a request that is over.
        drop(self.request.abort());
    }
}

/// The upload a page has, if any.
pub type Held = StoredValue<Option<SendWrapper<Upload>>>;

/// What is wrong with a file before a byte of it is sent.
pub fn refused(size_bytes: u64) -> Option<&'static str> {
    match size_bytes {
        0 => Some("This file is empty. Choose another one."),
        n if n > MediaLimits::VIDEO_MAX_BYTES => Some("This file is larger than 4 GB. Choose a smaller one."),
        _ => None,
    }
}

/// Starts to send `file`; `tell` hears where it stands, `done` what became of it.
pub fn send(
    file: &File,
    tell: impl Fn(FileState) + Clone + 'static,
    done: impl Fn(AssetView) + 'static,
) -> Option<SendWrapper<Upload>> {
    if let Some(message) = refused(bytes(file.size())) {
        tell(FileState::Failed { message: message.to_owned() });
        return None;
    }
    let form = FormData::new().ok()?;
    form.append_with_blob("file", file).ok()?;
    let request = XmlHttpRequest::new().ok()?;
    request.open("POST", ADDRESS).ok()?;
    request.set_request_header("Accept", "application/json").ok()?;

    let progress = {
        let tell = tell.clone();
        Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
            tell(sending(bytes(event.loaded()), bytes(event.total())));
        })
    };
    request.upload().ok()?.set_onprogress(Some(progress.as_ref().unchecked_ref()));
    let end = {
        let request = request.clone();
        Closure::<dyn FnMut()>::new(move || {
            let status = request.status().unwrap_or(0);
            let text = request.response_text().ok().flatten().unwrap_or_default();
            match answer(status, &text) {
                Ok(asset) => {
                    tell(FileState::Ready { facts: asset.facts.clone() });
                    done(asset);
                }
                Err(Fault(error)) => tell(FileState::Failed { message: error.message }),
            }
        })
    };
    request.set_onloadend(Some(end.as_ref().unchecked_ref()));
    request.send_with_opt_form_data(Some(&form)).ok()?;
    Some(SendWrapper::new(Upload { request, _progress: progress, _end: end }))
}

/// Reads what the server says about a file.
fn answer(status: u16, text: &str) -> Result<AssetView, Fault> {
    if (200..300).contains(&status)
        && let Ok(asset) = serde_json::from_str(text)
    {
        return Ok(asset);
    }
    let cut = || {
        AppError::new(
            ErrorKind::Transport,
            "The connection broke before the whole file had arrived. Nothing was kept. Choose the file again.",
        )
    };
    Err(Fault(serde_json::from_str(text).unwrap_or_else(|_| cut())))
}

fn sending(sent: u64, total: u64) -> FileState {
    if sent >= total {
        return FileState::Checking;
    }
    let percent = u8::try_from(sent.saturating_mul(100) / total.max(1)).unwrap_or(100);
    FileState::Sending { percent, note: format!("{} of {}", size_words(sent), size_words(total)) }
}

/// "4.2 MB", with one digit after the point.
fn size_words(size_bytes: u64) -> String {
    let (unit, words) = if size_bytes >= 1_000_000_000 { (100_000_000, "GB") } else { (100_000, "MB") };
    let tenths = size_bytes / unit;
    format!("{}.{} {words}", tenths / 10, tenths % 10)
}

/// Browsers count bytes in floating point; whole and never negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes of files are whole and positive"
)]
fn bytes(count: f64) -> u64 {
    count as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_and_a_huge_file_are_refused_before_sending() {
        assert!(refused(0).is_some());
        assert!(refused(MediaLimits::VIDEO_MAX_BYTES + 1).is_some());
        assert!(refused(1).is_none());
    }

    #[test]
    fn progress_ends_in_checking() {
        let note = "2.1 MB of 4.2 MB".to_owned();
        assert_eq!(sending(2_100_000, 4_200_000), FileState::Sending { percent: 50, note });
        assert_eq!(sending(4_200_000, 4_200_000), FileState::Checking);
    }

    #[test]
    fn a_refusal_is_told_in_its_words_and_a_cut_line_in_ours() {
        let told =
            serde_json::to_string(&AppError::new(ErrorKind::Invalid, "No video inside.")).expect("json");
        assert_eq!(answer(422, &told).expect_err("refused").0.message, "No video inside.");
        assert_eq!(answer(0, "").expect_err("cut").0.kind, ErrorKind::Transport);
    }
}
