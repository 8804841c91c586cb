//! Conversations over a real socket.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;

use super::*;

fn outcome(seconds: i64) -> Response {
    Response::Outcome(Outcome {
        seconds,
        accepted: true,
        word: "checked in".to_owned(),
        entry: Some("0101010101010101/7".to_owned()),
        assurance: None,
    })
}

/// Answers as a node would: two outcomes, and for followers a third, after which nothing happens.
async fn answer(request: Request, mut answers: Answers) {
    match request {
        Request::Outcomes { follow } => {
            for seconds in 0..if follow { 3 } else { 2 } {
                answers.send(&outcome(seconds)).await.unwrap();
            }
            if follow {
                std::future::pending().await
            }
        }
        Request::Pause { peer } | Request::Resume { peer } if peer == "本部" => {
            answers.send(&Response::Done).await.unwrap();
        }
        Request::Pause { .. }
        | Request::Resume { .. }
        | Request::Status
        | Request::Journals
        | Request::Incident { .. }
        | Request::Site { .. }
        | Request::Charge { .. }
        | Request::Edits { .. }
        | Request::LinkTokens { .. } => {
            let why = "no such peer".to_owned();
            answers.send(&Response::Error { why }).await.unwrap();
        }
    }
}

async fn running(path: &Path) -> JoinHandle<()> {
    tokio::spawn(Control::bind(path).await.unwrap().serve(answer))
}

/// Everything that is answered to these bytes.
async fn told(path: &Path, bytes: &[u8]) -> String {
    let mut stream = UnixStream::connect(path).await.unwrap();
    // A node may answer and close before it has taken all of a line that is too long.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_request_is_answered_line_by_line_until_the_answer_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let _node = running(&path).await;
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let mut client = Client::ask(&path, &Request::Outcomes { follow: false }).await.unwrap();
    assert_eq!(client.next().await, Ok(Some(outcome(0))));
    assert_eq!(client.next().await, Ok(Some(outcome(1))));
    assert_eq!(client.next().await, Ok(None));
    let pause = Request::Pause { peer: "本部".to_owned() };
    let mut client = Client::ask(&path, &pause).await.unwrap();
    assert_eq!(client.next().await, Ok(Some(Response::Done)));
}

#[tokio::test]
async fn lines_are_as_documented() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let _node = running(&path).await;
    let answer =
        told(&path, b"{\"command\":\"pause\",\"peer\":\"\xe6\x9c\xac\xe9\x83\xa8\"}\n").await;
    assert_eq!(answer, "{\"answer\":\"done\"}\n");
    let answer = told(&path, b"{\"command\":\"outcomes\"}\n").await;
    let first = "{\"answer\":\"outcome\",\"seconds\":0,\"accepted\":true,\"word\":\"checked in\",\
                 \"entry\":\"0101010101010101/7\"}";
    assert_eq!(answer.lines().next(), Some(first));
}

#[tokio::test]
async fn a_follower_gets_lines_until_it_leaves_and_others_are_served_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let _node = running(&path).await;
    let follow = Request::Outcomes { follow: true };
    // More than may be connected at once, one after the other: leaving makes room.
    for _ in 0..20 {
        let mut follower = Client::ask(&path, &follow).await.unwrap();
        for seconds in 0..3 {
            assert_eq!(follower.next().await, Ok(Some(outcome(seconds))));
        }
        let mut other = Client::ask(&path, &Request::Status).await.unwrap();
        assert!(matches!(other.next().await, Ok(Some(Response::Error { .. }))));
    }
}

#[tokio::test]
async fn what_is_no_request_is_told_so_and_the_connection_closes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let _node = running(&path).await;
    let long = vec![b'x'; LINE_BYTES_MAX + 1];
    let peer = format!("{{\"command\":\"pause\",\"peer\":\"{}\"}}\n", "x".repeat(65));
    for (bytes, says) in [
        (b"{\"command\":\"tap\",\"uid\":\"04\"}\n".as_slice(), "unknown variant `tap`"),
        (b"{\"command\":\"pause\",\"peer\":\"x\",\"y\":1}\n", "unknown field `y`"),
        (b"{\"command\":\"pause\"}\n", "missing field `peer`"),
        (b"\xff\xfe\n", "line 1"),
        (b"\n", "line 1"),
        (peer.as_bytes(), "at most 64 characters"),
        (&long, "more than 65536 bytes"),
    ] {
        let answer = told(&path, bytes).await;
        let response: Response = serde_json::from_str(&answer).unwrap();
        let Response::Error { why } = response else { panic!("{answer}") };
        assert!(why.contains(says), "{why}");
    }
    assert_eq!(
        told(&path, b"{\"command\":\"outcomes\"}\n").await.lines().count(),
        2,
        "still there"
    );
}

#[tokio::test]
async fn who_says_far_too_much_is_told_the_bound_once_it_listens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    let _node = running(&path).await;
    let long = [vec![b'x'; 32 * LINE_BYTES_MAX], vec![b'\n']].concat();
    let mut stream = UnixStream::connect(&path).await.unwrap();
    stream.write_all(&long).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("more than 65536 bytes"), "{answer}");

    let request = Request::Site { state: "x".repeat(32 * LINE_BYTES_MAX) };
    let mut client = Client::ask(&path, &request).await.unwrap();
    let Some(Response::Error { why }) = client.next().await.unwrap() else { panic!("no error") };
    assert!(why.contains("more than 65536 bytes"), "{why}");
}

#[tokio::test]
async fn a_socket_that_a_dead_process_left_is_replaced_and_a_live_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let gone = Client::ask(&path, &Request::Status).await.unwrap_err();
    assert_eq!(gone, ControlFault::NotRunning { path: path.clone() });
    let node = running(&path).await;
    let second = Control::bind(&path).await.unwrap_err();
    assert_eq!(second, ControlFault::InUse { path: path.clone() });
    let mut client = Client::ask(&path, &Request::Status).await.unwrap();
    assert!(client.next().await.unwrap().is_some());
    node.abort();
    assert!(node.await.unwrap_err().is_cancelled());
    assert!(!path.exists(), "a node that ends takes its socket away");
    assert!(matches!(
        Client::ask(&path, &Request::Status).await,
        Err(ControlFault::NotRunning { .. })
    ));
}

#[tokio::test]
async fn a_file_in_the_place_of_the_socket_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sock");
    std::fs::write(&path, "notes").unwrap();
    let fault = Control::bind(&path).await.unwrap_err();
    assert_eq!(fault, ControlFault::InTheWay { path: path.clone() });
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "notes");
}
