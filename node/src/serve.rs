//! A node from start to stop, with its control socket.

use tokio::signal::unix::{SignalKind, signal};

use crate::answers;
use crate::config::NodeConfig;
use crate::control::{Control, ControlFault};
use crate::node::{Node, NodeFault};

/// Why a node did not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum ServeFault {
    /// It did not start: something is missing or wrong.
    #[error(transparent)]
    NotStarted(NodeFault),
    /// Its control socket.
    #[error(transparent)]
    Control(#[from] ControlFault),
    /// It cannot hear when to stop.
    #[error("the system gives no signals: {0}")]
    NoSignals(#[from] std::io::Error),
    /// It stopped: it could not keep its promises any more.
    #[error(transparent)]
    Stopped(NodeFault),
}

impl ServeFault {
    /// Whether the operator has to mend something before the node can start.
    pub fn is_before_start(&self) -> bool {
        match self {
            Self::NotStarted(_) | Self::Control(_) => true,
            Self::NoSignals(_) | Self::Stopped(_) => false,
        }
    }
}

/// Runs a node until SIGTERM or SIGINT.
///
/// # Errors
/// [`ServeFault`].
pub async fn until_told_to_stop(config: NodeConfig) -> Result<(), ServeFault> {
    let stop = told_to_stop()?;
    let control = Control::bind(&config.control.path).await?;
    let node = Node::open(config).await.map_err(ServeFault::NotStarted)?;
    let handle = node.handle();
    let serving = tokio::spawn(
        control.serve(move |request, answers| answers::answer(handle.clone(), request, answers)),
    );
    let stopped = node.run(stop).await;
    serving.abort();
    // The socket's file goes with the task.
    let _ = serving.await;
    stopped.map_err(ServeFault::Stopped)
}

/// Resolves at the first SIGTERM or SIGINT.
///
/// # Errors
/// When the system gives no signals.
pub fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
