//! A tether ties a child to the drill's life: it cannot live on, whatever becomes of the drill.
//!
//! A child is started through this program, which asks the kernel for a signal at its parent's
//! death and then becomes the child; the wish outlives that change.

use std::io;
use std::os::unix::process::{CommandExt, parent_id};
use std::process::Command;

use rustix::process::{Signal, set_parent_process_death_signal};

/// Becomes `command` with its arguments, to be killed when the process `parent` dies. It returns
/// only when that is impossible.
///
/// # Errors
/// Always: what kept it from becoming the command, for instance that the parent has died already.
pub fn become_tied(parent: u32, command: &[std::ffi::OsString]) -> io::Error {
    let Some((program, arguments)) = command.split_first() else {
        return io::Error::new(io::ErrorKind::InvalidInput, "no command was given");
    };
    if let Err(refused) = set_parent_process_death_signal(Some(Signal::KILL)) {
        return refused.into();
    }
    // The parent may have died before the kernel knew of the wish.
    if parent_id() != parent {
        return io::Error::other("the drill has ended already");
    }
    Command::new(program).args(arguments).exec()
}
