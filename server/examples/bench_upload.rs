//! `cargo xtask bench upload`: how fast one large video is taken in, and what memory it takes.
//!
//! The release program runs on an empty data folder; a person signs up, and sends 1 GB to `POST
//! /media/upload` over the loopback. Beside it stand the two limits, measured in the same run: hashing as
//! much in memory, and writing as much to the same folder with one fsync at the end. MB are 10^6 bytes.

#![expect(
    clippy::disallowed_methods,
    reason = "a tool that starts the program, calls it from outside and takes times"
)]

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::stream;
use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Response, StatusCode};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Two seconds of video; the large one is the same with a box of padding behind it.
const CLIP: &[u8] = include_bytes!("../tests/it/clip.mp4");
const SIZE: usize = 1_000_000_000;
const PIECE: usize = 1 << 20;
const EMAIL: &str = "ana@people.test";
const PASSWORD: &str = "copper lantern walks uphill";
/// Mails leave within seconds, and services stop within seconds.
const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::main]
async fn main() -> Outcome {
    let program = std::env::var("DAYBILL_BIN")
        .map_err(|_| "DAYBILL_BIN must name the program; `cargo xtask bench upload` sets it")?;
    let is_json = std::env::args().any(|argument| argument == "--json");
    let folder = tempfile::tempdir()?;
    let piece = noise();

    let hash = rate(|| {
        hash(&piece);
        Ok(())
    })?;
    let disk = rate(|| write(&folder.path().join("limit"), &piece))?;
    let program = Program::start(Path::new(&program), folder.path())?;
    let person = Person::sign_up(&program.origin).await?;
    // What the first upload of all makes once and keeps is no growth by size.
    person.upload(CLIP.len(), &piece).await?;
    let before = program.resident("VmRSS")?;
    program.forget_peak()?;
    let begun = Instant::now();
    person.upload(SIZE, &piece).await?;
    let upload = megabytes(SIZE) / begun.elapsed().as_secs_f64();
    let growth = megabytes(program.resident("VmHWM")?.saturating_sub(before));

    if !is_json {
        println!("taken in {upload:.0} MB/s; the limits: hash {hash:.0} MB/s, disk {disk:.0} MB/s");
        println!("memory: {:.0} MB before, at most {growth:.1} MB more", megabytes(before));
    }
    let line = json!({
        "bench": "upload",
        "mb_per_s": rounded(upload),
        "hash_mb_per_s": rounded(hash),
        "disk_mb_per_s": rounded(disk),
        "rss_growth_mb": rounded(growth),
    });
    println!("{line}");
    Ok(())
}

/// One piece that no file system makes smaller: SHA-256 of a counter.
fn noise() -> Bytes {
    let mut noise = Vec::with_capacity(PIECE);
    for count in 0_u64.. {
        if noise.len() >= PIECE {
            break;
        }
        noise.extend_from_slice(&Sha256::digest(count.to_le_bytes()));
    }
    noise.into()
}

/// MB per second of `work`, which handles [`SIZE`] bytes.
fn rate(work: impl FnOnce() -> Outcome) -> Outcome<f64> {
    let begun = Instant::now();
    work()?;
    Ok(megabytes(SIZE) / begun.elapsed().as_secs_f64())
}

fn hash(piece: &[u8]) {
    let mut hash = Sha256::new();
    for len in pieces(SIZE) {
        hash.update(&piece[..len]);
    }
    std::hint::black_box(hash.finalize());
}

fn write(path: &Path, piece: &[u8]) -> Outcome {
    let mut file = File::create(path)?;
    for len in pieces(SIZE) {
        file.write_all(&piece[..len])?;
    }
    file.sync_all()?;
    Ok(fs::remove_file(path)?)
}

/// Lengths of pieces that make `size` together.
fn pieces(size: usize) -> impl Iterator<Item = usize> {
    (0..size).step_by(PIECE).map(move |at| PIECE.min(size - at))
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

fn rounded(figure: f64) -> f64 {
    (figure * 10.0).round() / 10.0
}

/// The program under measurement; asked to stop when dropped.
struct Program {
    child: Child,
    origin: String,
}

impl Program {
    fn start(program: &Path, folder: &Path) -> Outcome<Self> {
        let site = folder.join("site");
        fs::create_dir(&site)?;
        // No page is opened; only the list of the site's files has to be there.
        fs::write(
            site.join("manifest.json"),
            r#"{"css":"/pkg/a.css","js":"/pkg/a.js","wasm":"/pkg/a.wasm"}"#,
        )?;
        let mut child = Command::new(program)
            .arg("serve")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("RUST_LOG", "warn")
            .env("DAYBILL_DATA", folder.join("data"))
            .env("DAYBILL_SITE", &site)
            .env("DAYBILL_LISTEN", "127.0.0.1:0")
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let lines = BufReader::new(child.stdout.take().ok_or("the output is piped")?).lines();
        let origin = lines
            .map_while(Result::ok)
            .find_map(|line| line.split_once("ready at ").map(|(_, origin)| origin.trim().to_owned()));
        match origin {
            Some(origin) => Ok(Self { child, origin }),
            None => Err(format!("the program ended before it was ready: {}", child.wait()?).into()),
        }
    }

    /// Bytes of a line of `/proc/PID/status`.
    fn resident(&self, line: &str) -> Outcome<usize> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let found = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
        let kilobytes = found.and_then(|found| found.split_whitespace().next());
        Ok(kilobytes.ok_or("the kernel tells no memory")?.parse::<usize>()? * 1024)
    }

    /// The peak (`VmHWM`) counts from now (proc(5), `clear_refs`).
    fn forget_peak(&self) -> Outcome {
        Ok(fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")?)
    }
}

impl Drop for Program {
    /// Gently first: it stops the services that it started.
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let is_asked = pid.is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok());
        let begun = Instant::now();
        while is_asked && begun.elapsed() < PATIENCE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody with a session and a brand.
struct Person {
    http: reqwest::Client,
    origin: String,
    cookie: String,
}

impl Person {
    async fn sign_up(origin: &str) -> Outcome<Self> {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let mut person = Self { http, origin: origin.to_owned(), cookie: String::new() };
        let who = [("input[email]", EMAIL), ("input[password]", PASSWORD)];
        person.post("account/sign-up", &[who[0], who[1], ("input[name]", "Ana")]).await?;
        person.post("account/verify", &[("input[token]", &person.mailed_token().await?)]).await?;
        let session = person.post("account/sign-in", &who).await?;
        let cookie = session.headers().get(SET_COOKIE).ok_or("signing in gave no session")?.to_str()?;
        cookie.split(';').next().unwrap_or_default().clone_into(&mut person.cookie);
        let brand = [("input[name]", "Northwind Coffee"), ("input[zone]", "Europe/Lisbon")];
        person.post("brands/first", &brand).await?;
        Ok(person)
    }

    /// Sends a form as a browser without script does.
    async fn post(&self, function: &str, fields: &[(&str, &str)]) -> Outcome<Response> {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let answer = self
            .http
            .post(format!("{}/api/{function}", self.origin))
            .header(ORIGIN, &self.origin)
            .header(ACCEPT, "text/html")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(COOKIE, &self.cookie)
            .body(form)
            .send()
            .await?;
        if answer.status() == StatusCode::FOUND {
            return Ok(answer);
        }
        Err(format!("{function}: status {}", answer.status()).into())
    }

    /// Out of the link in the mail, which the sandbox shows.
    async fn mailed_token(&self) -> Outcome<String> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let mails = self.http.get(format!("{}/sandbox/mail", self.origin)).send().await?.bytes().await?;
            let mails = String::from_utf8_lossy(&mails);
            if let Some((_, rest)) = mails.split_once("/verify?token=") {
                let is_token = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
                return Ok(rest.chars().take_while(|c| is_token(*c)).collect());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err("no mail with a link came".into())
    }

    /// Streams a video of `size` bytes; nothing here holds more than a piece of it.
    async fn upload(&self, size: usize, piece: &Bytes) -> Outcome {
        let head = Bytes::from_static(
            b"--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"large.mp4\"\r\n\
              content-type: video/mp4\r\n\r\n",
        );
        let tail = Bytes::from_static(b"\r\n--edge--\r\n");
        let length = head.len() + size + tail.len();
        let mut parts = vec![head, Bytes::from_static(CLIP)];
        if size > CLIP.len() {
            // A box that players skip (ISO/IEC 14496-12 §8.1.2): its length, its name, anything.
            let padding = size - CLIP.len();
            let mut head = u32::try_from(padding)?.to_be_bytes().to_vec();
            head.extend_from_slice(b"free");
            parts.push(head.into());
            parts.extend(pieces(padding - 8).map(|len| piece.slice(..len)));
        }
        parts.push(tail);
        let body = stream::iter(parts.into_iter().map(Ok::<_, std::io::Error>));
        let answer = self
            .http
            .post(format!("{}/media/upload", self.origin))
            .header(ORIGIN, &self.origin)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "multipart/form-data; boundary=edge")
            .header(CONTENT_LENGTH, length)
            .header(COOKIE, &self.cookie)
            .body(reqwest::Body::wrap_stream(body))
            .send()
            .await?;
        let status = answer.status();
        let asset: Value = serde_json::from_slice(&answer.bytes().await?)?;
        if status == StatusCode::CREATED {
            Ok(())
        } else {
            Err(format!("the upload: {status} {asset}").into())
        }
    }
}
