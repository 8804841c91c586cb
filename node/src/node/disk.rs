//! The thread that waits for the disk, so that the loop never does.

use std::sync::Arc;

use digiana_core::engine::commit::{Commit, CommitId};
use tokio::sync::{mpsc, oneshot};

use crate::store::{Store, StoreFault};

/// How many commits go into one transaction.
const GROUP_MAX: usize = 128;

/// What the disk answered.
#[derive(Debug)]
pub(super) enum DiskAnswer {
    /// These commits are durable, in this order.
    Persisted(Vec<CommitId>),
    /// The disk is full: this commit, and every one after it, is not durable.
    Full(CommitId),
    /// It takes writes again.
    TakesWrites,
    /// It does not take writes yet.
    StillFull,
    /// The node must stop.
    Broken(StoreFault),
}

#[derive(Debug)]
enum Job {
    Persist(Commit),
    TryAgain,
    Close { done: oneshot::Sender<()> },
}

/// The disk, seen from the loop.
///
/// Both queues are bounded by the engine, which lets no more commits wait than `limits` says.
#[derive(Debug)]
pub(super) struct Disk {
    jobs: mpsc::UnboundedSender<Job>,
    answers: mpsc::UnboundedReceiver<DiskAnswer>,
}

impl Disk {
    pub(super) fn start(store: Arc<Store>) -> Self {
        let (jobs, queue) = mpsc::unbounded_channel();
        let (answer, answers) = mpsc::unbounded_channel();
        tokio::task::spawn_blocking(move || {
            let closed = work(&store, queue, |said| {
                // Nobody listens any more once the loop has ended.
                let _ = answer.send(said);
            });
            // Whoever hears that it is closed may open the file again.
            drop(store);
            if let Some(closed) = closed {
                let _ = closed.send(());
            }
        });
        Self { jobs, answers }
    }

    pub(super) fn persist(&self, commit: Commit) {
        self.job(Job::Persist(commit));
    }

    pub(super) fn try_again(&self) {
        self.job(Job::TryAgain);
    }

    fn job(&self, job: Job) {
        // The thread is gone only after it said that the store is broken, and then the loop ends.
        let _ = self.jobs.send(job);
    }

    pub(super) async fn answer(&mut self) -> DiskAnswer {
        match self.answers.recv().await {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }

    pub(super) fn answer_now(&mut self) -> Option<DiskAnswer> {
        self.answers.try_recv().ok()
    }

    /// Ends the thread, after what it was asked before. When this answers, the thread has let the
    /// store go: its file is free as soon as nobody else holds the store.
    pub(super) async fn close(self) {
        let (done, closed) = oneshot::channel();
        self.job(Job::Close { done });
        // A thread that has ended already has nothing left to close.
        let _ = closed.await;
    }
}

/// Does what is asked until it is asked to close; who waits to hear of that, if somebody does.
fn work(
    store: &Store,
    mut jobs: mpsc::UnboundedReceiver<Job>,
    answer: impl Fn(DiskAnswer),
) -> Option<oneshot::Sender<()>> {
    // After a full disk everything is refused until the loop asks to try again: the engine has
    // given up whatever was queued behind the commit that failed.
    let mut refuses = false;
    let mut next = jobs.blocking_recv();
    while let Some(job) = next.take() {
        match job {
            Job::Persist(_) if refuses => {}
            Job::Persist(commit) => {
                let mut group = vec![commit];
                while group.len() < GROUP_MAX {
                    match jobs.try_recv() {
                        Ok(Job::Persist(commit)) => group.push(commit),
                        Ok(other) => {
                            next = Some(other);
                            break;
                        }
                        Err(_) => break,
                    }
                }
                let said = match (store.commit(&group), group.first()) {
                    (Ok(()), _) => {
                        DiskAnswer::Persisted(group.iter().map(|commit| commit.id).collect())
                    }
                    (Err(StoreFault::Full { .. }), Some(first)) => {
                        refuses = true;
                        DiskAnswer::Full(first.id)
                    }
                    (Err(fault), _) => DiskAnswer::Broken(fault),
                };
                answer(said);
            }
            Job::TryAgain => {
                let said = match store.reopen() {
                    Ok(()) => {
                        refuses = false;
                        DiskAnswer::TakesWrites
                    }
                    Err(StoreFault::Full { .. }) => DiskAnswer::StillFull,
                    Err(fault) => DiskAnswer::Broken(fault),
                };
                answer(said);
            }
            Job::Close { done } => return Some(done),
        }
        if next.is_none() {
            next = jobs.blocking_recv();
        }
    }
    None
}

#[cfg(test)]
mod tests;
