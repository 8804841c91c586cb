//! What cargo says of the workspace, read from its own JSON.

use crate::repository;
use serde::Deserialize;
use std::process::Command;

/// What `cargo metadata` tells, as far as a rule asks.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    workspace_members: Vec<String>,
}

/// One package, ours or foreign.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
    id: String,
}

/// One dependency of a package, of any kind: normal, dev or build.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
}

/// One thing cargo builds from a package.
#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
}

impl Metadata {
    /// Asks cargo, for this machine's platform, without a network: what is built here is on the
    /// disk already, and the packages of other platforms need not be.
    pub(crate) fn read() -> Self {
        let platform = format!("--filter-platform={}", host());
        let told = Command::new(env!("CARGO"))
            .current_dir(repository::root())
            .args(["metadata", "--format-version=1", "--offline", "--locked", &platform])
            .output()
            .expect("cargo can be started");
        assert!(told.status.success(), "cargo: {}", String::from_utf8_lossy(&told.stderr));
        serde_json::from_slice(&told.stdout).expect("cargo prints the JSON it documents")
    }

    /// The packages that are ours.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }
}

/// The platform triple that rustc builds for here.
fn host() -> String {
    let told = Command::new("rustc").arg("-vV").output().expect("rustc can be started");
    let told = String::from_utf8(told.stdout).expect("rustc prints UTF-8");
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc names its host").to_owned()
}
