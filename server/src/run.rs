//! `serve`: binds, starts what is needed, answers and publishes until it is asked to stop.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use domain::notify::KeepMails;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::router::{Web, router};
use crate::wiring::{self, Backing, Ground, Program, Role, STOP_WITHIN, StartError};

/// Why the program ends, other than well.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("{0}")]
    Busy(String),
    #[error("DAYBILL_LISTEN: {address} cannot be listened on: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("the worker's `{0}` ended by itself; the process ends so that it is started anew")]
    Worker(&'static str),
    #[error("no more requests are taken: {0}")]
    Serve(io::Error),
}

impl RunError {
    /// 2 for what a person must change, 1 for what a restart may mend.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Busy(_) | Self::Listen { .. } | Self::Start(_) => ExitCode::from(2),
            Self::Worker(_) | Self::Serve(_) => ExitCode::from(1),
        }
    }

    /// One line with all causes.
    pub fn line(&self) -> String {
        let mut line = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            let text = cause.to_string();
            if !line.contains(&text) {
                line = format!("{line}: {text}");
            }
            source = cause.source();
        }
        line.replace('\n', " ")
    }
}

/// A program that runs.
pub struct Running {
    pub web: Web,
    pub bound: SocketAddr,
    stop: CancellationToken,
    backing: Backing,
    serving: JoinHandle<io::Result<()>>,
    working: JoinHandle<Result<(), jobs::Ended>>,
}

/// Listens, or says in one line who is there already.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, RunError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => RunError::Busy(format!(
            "DAYBILL_LISTEN: port {port} of {} is taken by another program; `ss -ltnp 'sport = :{port}'` names it, \
             and DAYBILL_LISTEN=:0 picks a free port",
            address.ip(),
            port = address.port()
        )),
        _ => RunError::Listen { address, source },
    })
}

/// Starts everything. The port is taken first, so that a busy one costs no time.
pub async fn start(settings: &Settings, role: Role) -> Result<Running, RunError> {
    let listener = bind(settings.net.listen).await?;
    let bound =
        listener.local_addr().map_err(|source| RunError::Listen { address: settings.net.listen, source })?;
    let stop = CancellationToken::new();
    let backing = Backing::start(settings).await?;
    let started = async {
        backing.migrate().await?;
        wiring::build(settings, &backing, Ground::real(bound, role, stop.clone())).await
    };
    let program = match started.await {
        Ok(program) => program,
        Err(error) => {
            backing.stop().await;
            return Err(error.into());
        }
    };
    let Program { web, worker, wake } = program;
    tokio::spawn(wake_at_changes(web.clone(), wake, stop.clone()));
    let mails = role.publishes().then(|| {
        let (domain, stop) = (web.domain.clone(), stop.clone());
        tokio::spawn(async move { jobs::relay_mails(domain.clone(), &KeepMails::new(&domain), stop).await })
    });
    let working = {
        let stop = stop.clone();
        tokio::spawn(async move {
            match worker {
                Some(worker) => worker.run(stop).await?,
                None => stop.cancelled().await,
            }
            if let Some(mails) = mails {
                // It ends with `stop`; a panic of it was printed by the runtime.
                let _ = mails.await;
            }
            Ok(())
        })
    };
    let service = router(web.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let stopped = stop.clone();
    let serving = tokio::spawn(async move {
        axum::serve(listener, service).with_graceful_shutdown(stopped.cancelled_owned()).await
    });
    Ok(Running { web, bound, stop, backing, serving, working })
}

/// Something that was scheduled for now need not wait for the dispatcher's next look.
async fn wake_at_changes(web: Web, wake: std::sync::Arc<tokio::sync::Notify>, stop: CancellationToken) {
    let mut changes = web.events.subscribe();
    loop {
        let heard = tokio::select! {
            heard = changes.recv() => heard,
            () = stop.cancelled() => return,
        };
        match heard {
            Ok(_) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => wake.notify_one(),
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
        }
    }
}

impl Running {
    /// Runs until a signal, or until a part ends by itself.
    pub async fn until_signal(mut self) -> Result<(), RunError> {
        let ended = tokio::select! {
            () = asked_to_stop() => None,
            worker = &mut self.working => Some(match worker {
                Ok(Err(ended)) => RunError::Worker(ended.lane),
                _ => RunError::Worker("task"),
            }),
            served = &mut self.serving => Some(RunError::Serve(match served {
                Ok(Err(error)) => error,
                _ => io::Error::other("the listener is gone"),
            })),
        };
        tracing::info!("Stopping: nothing new is begun");
        self.stop().await;
        ended.map_or(Ok(()), Err)
    }

    /// Takes nothing new, lets work in hand finish, stops the private services.
    pub async fn stop(self) {
        self.stop.cancel();
        let Self { web, backing, serving, working, .. } = self;
        let finished = tokio::time::timeout(STOP_WITHIN, async {
            if !working.is_finished() {
                // How it ended was told by whoever watches it.
                let _ = working.await;
            }
            if !serving.is_finished() {
                let _ = serving.await;
            }
        });
        if finished.await.is_err() {
            tracing::warn!("Some connections did not end in time and are cut");
        }
        web.domain.db.close().await;
        drop(web);
        backing.stop().await;
    }
}

/// Ctrl-C, or what service managers send.
pub async fn asked_to_stop() {
    let mut terminate = signal(SignalKind::terminate()).expect("SIGTERM can be listened for");
    let mut interrupt = signal(SignalKind::interrupt()).expect("SIGINT can be listened for");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// `daybill serve`.
pub async fn serve(settings: &Settings, role: Role) -> Result<(), RunError> {
    let running = start(settings, role).await?;
    // Scripts read the address from standard output; logs go to standard error.
    println!("Daybill is ready at {}", running.web.public.origin);
    tracing::info!(listen = %running.bound, sandbox = running.web.sandbox.is_some(), "Listening");
    running.until_signal().await
}

/// `daybill migrate`.
pub async fn migrate(settings: &Settings) -> Result<(), RunError> {
    let backing = Backing::start(settings).await?;
    let migrated = backing.migrate().await;
    backing.stop().await;
    migrated?;
    println!("The database is up to date");
    Ok(())
}

/// `daybill sandbox`: the outside world alone.
pub async fn sandbox(listen: SocketAddr, state: std::path::PathBuf) -> Result<(), RunError> {
    let listener = bind(listen).await?;
    let bound = listener.local_addr().map_err(|source| RunError::Listen { address: listen, source })?;
    let public_url = url::Url::parse(&format!("http://{bound}")).expect("a bound address makes a valid URL");
    let world = sandbox::World::open(sandbox::Options { public_url, state_dir: Some(state) })
        .await
        .map_err(StartError::Sandbox)?;
    println!("The sandbox is ready at http://{bound}");
    axum::serve(listener, world.router())
        .with_graceful_shutdown(asked_to_stop())
        .await
        .map_err(RunError::Serve)
}
