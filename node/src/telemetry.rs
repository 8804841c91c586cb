//! Logs: one line an event on stderr, never a person, a token or an entry's content.

use tracing_subscriber::EnvFilter;

/// Starts logging. `DIGIANA_LOG` chooses what is logged, as in `DIGIANA_LOG=debug`; the default is
/// `info` for digiana and `warn` for the rest.
pub fn start() {
    let filter = EnvFilter::try_from_env("DIGIANA_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,digiana_node=info,digiana_gateway=info"));
    // A second start in one process, as in tests, keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .try_init();
}
