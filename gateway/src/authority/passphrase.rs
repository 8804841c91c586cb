//! A passphrase, and where it comes from: somebody who types it; for drills, a file or the
//! environment as well.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// The fewest characters of a passphrase that locks a real town's key.
pub const PASSPHRASE_CHARS_MIN: usize = 12;

/// The most bytes of one.
pub const PASSPHRASE_BYTES_MAX: usize = 256;

/// The variable of the environment that a drill's passphrase may stand in.
pub const VARIABLE: &str = "DIGIANA_PASSPHRASE";

/// What unlocks a key. It has no `Display`, a silent `Debug`, and is wiped on drop.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

/// There is no passphrase to use. The keeper of keys must act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseFault {
    /// Nothing was typed.
    #[error("the passphrase is empty")]
    Empty,
    /// Too easily guessed.
    #[error("a passphrase has at least {PASSPHRASE_CHARS_MIN} characters; four words do well")]
    TooShort,
    /// Longer than anyone types.
    #[error("a passphrase has at most {PASSPHRASE_BYTES_MAX} bytes")]
    TooLong,
    /// A slip of the fingers, most likely.
    #[error("the two passphrases differ; begin again")]
    Differ,
    /// A real town's passphrase is in no file and no environment.
    #[error(
        "only a town begun with --drill takes its passphrase from a file or from {VARIABLE}: \
         leave out --passphrase-file, unset {VARIABLE}, and type it"
    )]
    OnlyForDrills,
    /// The file cannot be read.
    #[error("{}: {why}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// There is nobody to ask.
    #[error("the passphrase cannot be asked for here: {0}; run the command at a terminal")]
    NoTerminal(String),
}

impl Passphrase {
    /// Takes what was typed.
    ///
    /// # Errors
    /// [`PassphraseFault::Empty`] and `TooLong`.
    pub fn new(text: String) -> Result<Self, PassphraseFault> {
        let text = Zeroizing::new(text);
        match text.len() {
            0 => Err(PassphraseFault::Empty),
            1..=PASSPHRASE_BYTES_MAX => Ok(Self(text)),
            _ => Err(PassphraseFault::TooLong),
        }
    }

    /// Its bytes, for the lock.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Where passphrases of one command come from.
#[derive(Debug, Clone)]
pub enum PassphraseSource {
    /// Somebody types them.
    Terminal,
    /// A file's first line.
    File(PathBuf),
    /// This one, for every key of a drill.
    Given(Passphrase),
}

impl PassphraseSource {
    /// Chooses the source: a file that was named, then the environment, then the terminal.
    ///
    /// # Errors
    /// [`PassphraseFault::OnlyForDrills`] when a real town's is anywhere but in somebody's head.
    pub fn choose(drill: bool, file: Option<PathBuf>) -> Result<Self, PassphraseFault> {
        Self::of(drill, file, std::env::var(VARIABLE).ok())
    }

    fn of(
        drill: bool,
        file: Option<PathBuf>,
        variable: Option<String>,
    ) -> Result<Self, PassphraseFault> {
        match (file, variable) {
            (None, None) => Ok(Self::Terminal),
            _ if !drill => Err(PassphraseFault::OnlyForDrills),
            (Some(file), _) => Ok(Self::File(file)),
            (None, Some(text)) => Passphrase::new(text).map(Self::Given),
        }
    }

    /// The passphrase of a key that exists, called `of` when asked for.
    ///
    /// # Errors
    /// [`PassphraseFault`].
    pub fn ask(&self, of: &str) -> Result<Passphrase, PassphraseFault> {
        match self {
            Self::Terminal => prompt(&format!("passphrase of the {of} key: ")),
            Self::File(path) => first_line(path),
            Self::Given(passphrase) => Ok(passphrase.clone()),
        }
    }

    /// A passphrase for a new key: typed twice, and long enough.
    ///
    /// # Errors
    /// [`PassphraseFault`].
    pub fn ask_new(&self, of: &str) -> Result<Passphrase, PassphraseFault> {
        let Self::Terminal = self else { return self.ask(of) };
        let first = prompt(&format!("new passphrase for the {of} key: "))?;
        if first.0.chars().count() < PASSPHRASE_CHARS_MIN {
            return Err(PassphraseFault::TooShort);
        }
        let second = prompt(&format!("the same again for the {of} key: "))?;
        if first.as_bytes() == second.as_bytes() { Ok(first) } else { Err(PassphraseFault::Differ) }
    }
}

fn prompt(words: &str) -> Result<Passphrase, PassphraseFault> {
    let typed = rpassword::prompt_password(words)
        .map_err(|error| PassphraseFault::NoTerminal(error.to_string()))?;
    Passphrase::new(typed)
}

fn first_line(path: &Path) -> Result<Passphrase, PassphraseFault> {
    let fault = |error: std::io::Error| PassphraseFault::File {
        path: path.to_owned(),
        why: error.to_string(),
    };
    let mut text = Zeroizing::new(String::with_capacity(2 * PASSPHRASE_BYTES_MAX));
    let most = u64::try_from(2 * PASSPHRASE_BYTES_MAX).expect("a small number fits");
    let file = std::fs::File::open(path).map_err(fault)?;
    file.take(most).read_to_string(&mut text).map_err(fault)?;
    Passphrase::new(text.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

    use super::*;

    #[test]
    fn a_real_towns_passphrase_is_typed() {
        let of = |drill, file: Option<&str>, variable: Option<&str>| {
            PassphraseSource::of(drill, file.map(PathBuf::from), variable.map(str::to_owned))
        };
        assert!(matches!(of(false, None, None), Ok(PassphraseSource::Terminal)));
        assert!(matches!(of(true, None, None), Ok(PassphraseSource::Terminal)));
        for (file, variable) in [(Some("a"), None), (None, Some("a")), (Some("a"), Some("b"))] {
            let fault = of(false, file, variable).unwrap_err();
            assert_eq!(fault, PassphraseFault::OnlyForDrills);
        }
        assert!(matches!(of(true, Some("a"), Some("b")), Ok(PassphraseSource::File(_))));
        let given = of(true, None, Some("訓練")).unwrap();
        assert_eq!(given.ask("root").unwrap().as_bytes(), "訓練".as_bytes());
        assert_eq!(format!("{given:?}"), "Given(Passphrase(..))");
        assert_eq!(of(true, None, Some("")).unwrap_err(), PassphraseFault::Empty);
    }

    #[test]
    fn a_file_gives_its_first_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        let source = PassphraseSource::of(true, Some(path.clone()), None).unwrap();
        assert!(matches!(source.ask("root").unwrap_err(), PassphraseFault::File { .. }));
        std::fs::write(&path, "訓練の合言葉\r\nmore\n").unwrap();
        assert_eq!(source.ask_new("root").unwrap().as_bytes(), "訓練の合言葉".as_bytes());
        std::fs::write(&path, "x".repeat(257)).unwrap();
        assert_eq!(source.ask("root").unwrap_err(), PassphraseFault::TooLong);
    }
}
