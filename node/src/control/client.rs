//! The command's side of the control socket.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use super::{ControlFault, Request, Response, next_line, to_line};

/// One request to a running node, and its answer.
#[derive(Debug)]
pub struct Client {
    path: PathBuf,
    stream: BufReader<UnixStream>,
    lines: u64,
}

impl Client {
    /// Asks the node at `path`.
    ///
    /// # Errors
    /// [`ControlFault::NotRunning`] when nobody answers there; `Io`.
    pub async fn ask(path: &Path, request: &Request) -> Result<Self, ControlFault> {
        let io = |error: std::io::Error| match error.kind() == ErrorKind::NotFound
            || error.kind() == ErrorKind::ConnectionRefused
        {
            true => ControlFault::NotRunning { path: path.to_owned() },
            false => ControlFault::Io { path: path.to_owned(), why: error.to_string() },
        };
        let mut stream = UnixStream::connect(path).await.map_err(io)?;
        match stream.write_all(&to_line(request)).await {
            // A node that refused before it had taken all of it has said why: that is still read.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            written => written.map_err(io)?,
        }
        Ok(Self { path: path.to_owned(), stream: BufReader::new(stream), lines: 0 })
    }

    /// The next line of the answer; none when it is complete.
    ///
    /// # Errors
    /// [`ControlFault::Answer`] when the line is not understood; `Io`.
    pub async fn next(&mut self) -> Result<Option<Response>, ControlFault> {
        self.lines += 1;
        let line = match next_line(&mut self.stream).await {
            Ok(Some(line)) => line,
            Ok(None) => return Ok(None),
            Err(super::NoLine::Io(error)) => {
                return Err(ControlFault::Io { path: self.path.clone(), why: error.to_string() });
            }
            Err(no_line @ (super::NoLine::TooLong | super::NoLine::CutOff)) => {
                return Err(ControlFault::Answer { line: self.lines, why: no_line.to_string() });
            }
        };
        serde_json::from_slice(&line)
            .map(Some)
            .map_err(|error| ControlFault::Answer { line: self.lines, why: error.to_string() })
    }
}
