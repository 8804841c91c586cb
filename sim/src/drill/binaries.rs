//! The binaries the drill starts: those that were built together with it.

use std::path::{Path, PathBuf};

use super::DrillFault;
use super::cast::Program;

/// Where they are.
#[derive(Debug, Clone)]
pub(super) struct Binaries {
    node: PathBuf,
    gateway: PathBuf,
    /// This binary itself, which ties children to the drill's life.
    pub(super) own: PathBuf,
}

impl Binaries {
    /// Those beside this program.
    ///
    /// # Errors
    /// [`DrillFault::Usage`] naming the ones that were not built.
    pub(super) fn beside_this() -> Result<Self, DrillFault> {
        let own = std::env::current_exe()
            .map_err(|error| DrillFault::machine(Path::new("digiana-sim"), &error))?;
        Self::beside(own)
    }

    /// Those beside the program at `own`.
    pub(super) fn beside(own: PathBuf) -> Result<Self, DrillFault> {
        let folder = own.parent().unwrap_or_else(|| Path::new(".")).to_owned();
        let suffix = std::env::consts::EXE_SUFFIX;
        let path = |name: &str| folder.join(format!("{name}{suffix}"));
        let found = Self { node: path("digiana-node"), gateway: path("digiana-gateway"), own };
        let missing: Vec<_> = [&found.node, &found.gateway]
            .into_iter()
            .filter(|path| !path.is_file())
            .filter_map(|path| path.file_name()?.to_str())
            .collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let (missing, folder) = (missing.join(" and "), folder.display());
        Err(DrillFault::Usage(format!(
            "{missing} missing in {folder}; `make drill` builds what the drill needs and starts it"
        )))
    }

    /// The binary of a program.
    pub(super) fn of(&self, program: Program) -> &Path {
        match program {
            Program::Node => &self.node,
            Program::Gateway => &self.gateway,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_that_was_not_built_is_named_with_the_command_that_builds_it() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("digiana-node"), "").expect("a file");
        let said = Binaries::beside(folder.path().join("digiana-sim")).expect_err("one is missing");
        let said = said.to_string();
        assert!(said.starts_with("digiana-gateway missing"), "{said}");
        assert!(said.contains("`make drill`"), "{said}");

        std::fs::write(folder.path().join("digiana-gateway"), "").expect("a file");
        let found = Binaries::beside(folder.path().join("digiana-sim")).expect("both are there");
        assert_eq!(found.of(Program::Gateway), folder.path().join("digiana-gateway"));
    }
}
