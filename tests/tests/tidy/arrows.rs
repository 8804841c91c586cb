//! Who may build on whom, and that no test lies where nobody runs it.

use crate::metadata::Metadata;
use crate::repository::{self, File, Finding};

/// The four arrows, and the package that may look at everything.
const ARROWS: [(&str, &[&str]); 5] = [
    ("digiana-core", &[]),
    ("digiana-node", &["digiana-core"]),
    ("digiana-gateway", &["digiana-core", "digiana-node"]),
    ("digiana-sim", &["digiana-core"]),
    ("digiana-tests", &["digiana-core", "digiana-gateway", "digiana-node", "digiana-sim"]),
];

/// What is wrong with one package's use of our own packages.
fn wrong_arrows(package: &str, builds_on: &[&str]) -> Vec<String> {
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == package) else {
        return vec![format!("{package} is not one of the five packages")];
    };
    let ours = builds_on.iter().filter(|name| name.starts_with("digiana-"));
    let wrong = ours.filter(|name| !allowed.contains(name));
    wrong.map(|name| format!("{package} may not build on {name}")).collect()
}

/// The test targets that `make test` does not name.
fn unnamed_targets(makefile: &File, targets: &[&str]) -> Vec<Finding> {
    let named = |target: &&&str| {
        let wanted = format!("--test {target}");
        // After two dashes stands what is for the test itself.
        let mut commands =
            makefile.lines().map(|(_, line)| line.split_once(" -- ").map_or(line, |it| it.0));
        commands.any(|command| command.ends_with(&wanted))
    };
    let unnamed = targets.iter().filter(|target| !named(target));
    unnamed.map(|target| makefile.finding(1, format!("no stage runs --test {target}"))).collect()
}

#[test]
fn only_the_four_arrows_and_the_tests_join_the_packages() {
    let metadata = Metadata::read();
    let mut wrong = Vec::new();
    for package in metadata.members() {
        let builds_on: Vec<&str> = package.dependencies.iter().map(|d| d.name.as_str()).collect();
        wrong.extend(wrong_arrows(&package.name, &builds_on));
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert_eq!(metadata.members().count(), ARROWS.len());
}

#[test]
fn an_arrow_against_the_drawing_is_found() {
    assert_eq!(wrong_arrows("digiana-node", &["iroh", "digiana-core"]), Vec::<String>::new());
    for (package, builds_on) in [
        ("digiana-core", "digiana-node"),
        ("digiana-sim", "digiana-node"),
        ("digiana-node", "digiana-tests"),
        ("digiana-extra", "digiana-core"),
    ] {
        assert_eq!(wrong_arrows(package, &[builds_on]).len(), 1, "{package} -> {builds_on}");
    }
}

#[test]
fn every_test_target_has_its_stage() {
    let metadata = Metadata::read();
    let targets = metadata.members().flat_map(|package| &package.targets);
    let tests = targets.filter(|target| target.kind.iter().any(|kind| kind == "test"));
    let names: Vec<&str> = tests.map(|target| target.name.as_str()).collect();
    assert!(names.contains(&"tidy"));
    let makefile = repository::file("Makefile").expect("there is a Makefile");
    repository::expect_none(unnamed_targets(&makefile, &names));
}

#[test]
fn a_test_target_nobody_runs_is_found() {
    let makefile =
        File::planted("Makefile", "test:\n\tcargo test --workspace --test tidy -- --show-output\n");
    assert_eq!(unnamed_targets(&makefile, &["tidy"]), []);
    assert_eq!(unnamed_targets(&makefile, &["tidy", "lonely"]).len(), 1);
}
