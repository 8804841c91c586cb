//! A gateway from start to stop: the node, its control socket, and the pages.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use digiana_node::answers;
use digiana_node::control::{Control, ControlFault};
use digiana_node::node::{Node, NodeFault};
use digiana_node::serve::told_to_stop;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::app::App;
use crate::award;
use crate::backend::Backend;
use crate::backend::node::NodeBackend;
use crate::config::{GatewayConfig, Screen};
use crate::publish;
use crate::serve::serve;

/// How long answers under way may take when the gateway is told to stop. Live pages never end by
/// themselves.
const LAST_ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// Why a gateway did not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum RunFault {
    /// The node did not start: something is missing or wrong.
    #[error(transparent)]
    NotStarted(NodeFault),
    /// Its control socket.
    #[error(transparent)]
    Control(#[from] ControlFault),
    /// Its pages cannot be served there.
    #[error("[web] listen = \"{listen}\": cannot listen there: {why}; is another gateway running?")]
    CannotListen {
        /// What was configured.
        listen: SocketAddr,
        /// What the system said.
        why: std::io::Error,
    },
    /// It cannot hear when to stop.
    #[error("the system gives no signals: {0}")]
    NoSignals(std::io::Error),
    /// It stopped: it could not keep its promises any more.
    #[error(transparent)]
    Stopped(NodeFault),
}

impl RunFault {
    /// Whether the operator has to mend something before the gateway can start.
    pub fn is_before_start(&self) -> bool {
        match self {
            Self::NotStarted(_) | Self::Control(_) | Self::CannotListen { .. } => true,
            Self::NoSignals(_) | Self::Stopped(_) => false,
        }
    }
}

/// Runs a gateway until SIGTERM or SIGINT.
///
/// # Errors
/// [`RunFault`].
pub async fn until_told_to_stop(config: GatewayConfig) -> Result<(), RunFault> {
    let told = told_to_stop().map_err(RunFault::NoSignals)?;
    let control = Control::bind(&config.node.control.path).await?;
    let data = config.web_data();
    let listen = config.web.listen;
    let listener =
        TcpListener::bind(listen).await.map_err(|why| RunFault::CannotListen { listen, why })?;
    let node = Node::open(config.node).await.map_err(RunFault::NotStarted)?;
    let handle = node.handle();
    let town: Arc<dyn Backend> = Arc::new(NodeBackend::new(handle.clone()));
    let publishes = config.web.role == Screen::Headquarters && !config.web.public_only;
    let app = App::new(config.web, Arc::clone(&town), &data);
    let (stop, stopping) = watch::channel(false);
    let until = |mut stopping: watch::Receiver<bool>| async move {
        // The sender lives as long as this function.
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    let pages = tokio::spawn(serve(app, listener, until(stopping.clone())));
    let answering = tokio::spawn(control.serve({
        let handle = handle.clone();
        move |request, answers| answers::answer(handle.clone(), request, answers)
    }));
    let publishing = publishes.then(|| tokio::spawn(publish::run(handle.clone(), town)));
    let awarding = tokio::spawn(award::run(handle.clone()));
    tracing::info!(%listen, "the pages are served");
    let waiting = tokio::spawn(async move {
        told.await;
        stop.send_replace(true);
        stop
    });
    let stopped = node.run(until(stopping)).await;
    waiting.abort();
    if let Some(publishing) = publishing {
        publishing.abort();
    }
    awarding.abort();
    answering.abort();
    // The socket's file goes with the task.
    let _ = answering.await;
    let abort = pages.abort_handle();
    if tokio::time::timeout(LAST_ANSWERS_WITHIN, pages).await.is_err() {
        abort.abort();
    }
    stopped.map_err(RunFault::Stopped)
}
