//! Headquarters publishes: whenever what anyone may know has changed, the scope `public` is told, so
//! that a gateway which faces the internet can show it without holding anything else.

use std::sync::Arc;
use std::time::Duration;

use digiana_core::engine::Engine;
use digiana_core::engine::input::Command;
use digiana_core::fact::edit::Edit;
use digiana_core::limits::EDIT_FIELDS_MAX;
use digiana_core::scope::Scope;
use digiana_node::handle::Handle;
use tokio::time::{sleep, timeout};

use crate::backend::Backend;
use crate::backend::aggregate::Aggregates;

/// The least time between two looks at the town: residents' pages ask once a minute.
pub const PUBLISH_EVERY: Duration = Duration::from_secs(3);

/// How long no change may go by without a look: staff's word on a crowd ends by the clock, and a
/// device falls silent without a sound.
pub const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Publishes until the node stops.
pub async fn run(node: Handle, town: Arc<dyn Backend>) {
    let mut changes = node.changes();
    let mut told: Option<Aggregates> = None;
    loop {
        changes.borrow_and_update();
        let wanted = Aggregates::of(&town.public());
        // Another device of headquarters may know something else for a while. Who knows nothing new
        // does not overrule it, or the two would go on for ever.
        if told.as_ref() != Some(&wanted) {
            let now = town.now();
            let edits = node.read(|engine| {
                may_publish(engine)
                    .then(|| wanted.edits(engine.folds().records(Scope::Public), now))
            });
            let is_told = match edits {
                Some(edits) => publish(&node, edits).await,
                None => false,
            };
            told = is_told.then_some(wanted);
        }
        sleep(PUBLISH_EVERY).await;
        if let Ok(Err(_)) = timeout(LOOK_EVERY, changes.changed()).await {
            return;
        }
    }
}

fn may_publish(engine: &Engine) -> bool {
    let own = engine.credentials().standing(engine.me());
    own.is_some_and(|own| own.writes(Scope::Public))
}

/// Whether all of it is durable. The rest of what was refused is found again at the next look.
async fn publish(node: &Handle, edits: Vec<Edit>) -> bool {
    for part in edits.chunks(EDIT_FIELDS_MAX) {
        let command = Command::Edit { scope: Scope::Public, edits: part.to_vec() };
        if let Err(refusal) = node.submit(command).await {
            tracing::warn!(%refusal, "nothing could be published; it is tried again");
            return false;
        }
    }
    true
}
