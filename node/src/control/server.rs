//! The node's side of the control socket.

use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::{ControlFault, Request, Response, next_line, to_line};

/// How many commands may be connected at once; one more waits.
const CLIENTS_MAX: usize = 8;

/// How long a command may take to say what it wants, or to take a line of the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much is taken of a line that is over its bound and thrown away, so that whoever still
/// writes it comes to read the answer.
const EXCESS_BYTES_MAX: u64 = 16 << 20;

/// The control socket of a running node. Dropping it removes the socket's file.
#[derive(Debug)]
pub struct Control {
    path: PathBuf,
    listener: UnixListener,
}

/// Where the lines of one answer go.
#[derive(Debug)]
pub struct Answers(OwnedWriteHalf);

/// The asker has gone, or takes no lines: stop answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the asker has gone")]
pub struct AskerGone;

impl Answers {
    /// Sends one line.
    ///
    /// # Errors
    /// [`AskerGone`] when the asker closed the connection or took nothing for ten seconds.
    pub async fn send(&mut self, response: &Response) -> Result<(), AskerGone> {
        let line = to_line(response);
        match timeout(PATIENCE, self.0.write_all(&line)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(AskerGone),
        }
    }
}

impl Control {
    /// Listens at `path`, for this user alone. A socket that a dead process left is replaced.
    ///
    /// # Errors
    /// [`ControlFault::InUse`] where a node answers already; `InTheWay`; `Io`.
    pub async fn bind(path: &Path) -> Result<Self, ControlFault> {
        let io = |error: std::io::Error| ControlFault::Io {
            path: path.to_owned(),
            why: error.to_string(),
        };
        match path.symlink_metadata() {
            Ok(there) if !there.file_type().is_socket() => {
                return Err(ControlFault::InTheWay { path: path.to_owned() });
            }
            Ok(_) if UnixStream::connect(path).await.is_ok() => {
                return Err(ControlFault::InUse { path: path.to_owned() });
            }
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(io(error)),
            Ok(_) | Err(_) => {}
        }
        // It gets its name only when nobody else can open it any more; the rename replaces what a
        // dead process left.
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".new");
        let unfinished = PathBuf::from(unfinished);
        match std::fs::remove_file(&unfinished) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(io(error)),
            Ok(()) | Err(_) => {}
        }
        let listener = UnixListener::bind(&unfinished).map_err(io)?;
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&unfinished, mode).map_err(io)?;
        std::fs::rename(&unfinished, path).map_err(io)?;
        Ok(Self { path: path.to_owned(), listener })
    }

    /// Answers requests until it is dropped: run it as a task of its own.
    ///
    /// `answer` gets each request and where its lines go; when it returns, the connection closes.
    /// It is dropped at its next await when the asker closes its side.
    pub async fn serve<F, A>(self, answer: F)
    where
        F: Fn(Request, Answers) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        let room = Arc::new(Semaphore::new(CLIENTS_MAX));
        let mut askers = tokio::task::JoinSet::new();
        loop {
            let place = Arc::clone(&room).acquire_owned().await;
            let place = place.expect("the semaphore is never closed");
            while askers.try_join_next().is_some() {}
            let stream = match self.listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of file descriptors, most likely: others may free some.
                    tracing::warn!(%error, "the control socket cannot take a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let answer = answer.clone();
            askers.spawn(async move {
                converse(stream, answer).await;
                drop(place);
            });
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn converse<F, A>(stream: UnixStream, answer: F)
where
    F: Fn(Request, Answers) -> A,
    A: Future<Output = ()>,
{
    let (from, to) = stream.into_split();
    let mut answers = Answers(to);
    let mut from = BufReader::new(from);
    let request = match timeout(PATIENCE, next_line(&mut from)).await {
        Ok(Ok(Some(line))) => Request::read(&line),
        Ok(Ok(None)) => return,
        Ok(Err(no_line)) => Err(no_line.to_string()),
        Err(_) => Err(format!("it did not end within {} s", PATIENCE.as_secs())),
    };
    match request {
        Ok(request) => tokio::select! {
            () = answer(request, answers) => {}
            // A follower that left while nothing happened would keep its place for ever.
            () = closed(&mut from) => {}
        },
        Err(why) => {
            let why = format!("line 1 of the request: {why}");
            // Whoever sent this may have gone already, which is no trouble of this node.
            let _ = answers.send(&Response::Error { why }).await;
            // Closed with bytes unread, a socket tells its other end of a fault and of no answer.
            let mut excess = from.take(EXCESS_BYTES_MAX);
            let _ = answers.0.shutdown().await;
            let _ = timeout(PATIENCE, tokio::io::copy(&mut excess, &mut tokio::io::sink())).await;
        }
    }
}

/// Resolves when the asker closes its side, or says more than it may.
async fn closed(from: &mut (impl AsyncRead + Unpin)) {
    // Nothing follows a request, so any end of this read says that the asker is done.
    let _ = from.read(&mut [0]).await;
}
