//! `digiana-gateway town …`: the authority's commands.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};
use digiana_core::credential::admit::Role;
use digiana_core::credential::set::CredentialSet;
use digiana_core::id::{NodeId, SiteId};
use digiana_core::scope::Scope;
use digiana_node::keys::TownFile;
use jiff::Timestamp;

use super::print_line;
use crate::authority::Authority;
use crate::authority::admission::{Admission, parse_node, parse_site};
use crate::authority::passphrase::PassphraseSource;

/// What the keeper of the town's keys does.
#[derive(Debug, Subcommand)]
pub enum TownCommand {
    /// Begins a town: its two locked keys, and the town file that each node is given.
    ///
    /// The root key makes the town and is needed for nothing else than to appoint officers: keep
    /// its copy in a safe. The officer's key admits nodes. Lose both passphrases and no node can
    /// ever be admitted again.
    #[command(
        after_help = "Examples, the second for a drill, with the passphrase in the environment:\n  digiana-gateway town init --dir authority --name 美郷町\n  DIGIANA_PASSPHRASE=訓練 digiana-gateway town init --dir drill --name 訓練町 --drill"
    )]
    Init {
        /// The authority's folder; it is made, and nothing in it is overwritten.
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
        /// What people call the town.
        #[arg(long)]
        name: String,
        /// The town exists for training only (訓練), and says so everywhere.
        #[arg(long)]
        drill: bool,
        /// Where a drill's passphrase comes from.
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    /// Admits a node: signs what it may read and write, and adds that to the town file.
    ///
    /// A role brings its scopes: a reader reads town and writes tokens, shelter, transport and
    /// wellbeing; headquarters reads and writes those, register, notices, staff and public; a
    /// public gateway reads town and public. Several admissions of one node unite.
    #[command(
        after_help = "Examples:\n  digiana-gateway town admit --dir authority --node 3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29 --name 比之宮の受付 --role reader --desk --site E3244800001\n  digiana-gateway town admit --dir authority --node d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a --name 災害対策本部 --role headquarters --care E3244800001 --care E3244800002"
    )]
    Admit(Admit),
    /// Lists the admitted nodes, every credential checked up to the root.
    #[command(after_help = "Example:\n  digiana-gateway town list --dir authority")]
    List {
        /// The authority's folder.
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
    },
    /// Says what a new node needs, and with --to writes the town file for it.
    ///
    /// The town file is a secret of the town: it holds the key that turns card numbers into tags.
    #[command(
        after_help = "Example:\n  digiana-gateway town invite --dir authority --to /media/usb/town.json"
    )]
    Invite {
        /// The authority's folder.
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
        /// Where to write a copy of the town file; nothing is overwritten.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
}

/// The arguments of `town admit`.
#[derive(Debug, Args)]
pub struct Admit {
    /// The authority's folder.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The node: the 64 hexadecimal digits that its `digiana-node init` printed.
    #[arg(long, value_name = "NODE_ID", value_parser = parse_node)]
    node: NodeId,
    /// What people call the device. Never a person's name.
    #[arg(long)]
    name: String,
    /// What it is for.
    #[arg(long)]
    role: RoleWord,
    /// A desk works at it: it also writes the register, and the care of those at its sites.
    #[arg(long)]
    desk: bool,
    /// A place it works at: its id, or its key in GSI's file. May be repeated.
    #[arg(long, value_name = "SITE", value_parser = parse_site)]
    site: Vec<SiteId>,
    /// A place whose care it reads beyond its own: for headquarters. May be repeated.
    #[arg(long, value_name = "SITE", value_parser = parse_site)]
    care: Vec<SiteId>,
    /// Another scope it may read, such as register or school@SITE_ID. May be repeated.
    #[arg(long, value_name = "SCOPE")]
    read: Vec<Scope>,
    /// Another scope it may write. May be repeated.
    #[arg(long, value_name = "SCOPE")]
    write: Vec<Scope>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// Where a drill's passphrase comes from.
#[derive(Debug, Args)]
pub struct PassphraseArgs {
    /// A file whose first line is the passphrase: for drills only, as is DIGIANA_PASSPHRASE.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// A role, as it is written on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleWord {
    /// A reader somewhere in town.
    Reader,
    /// 災害対策本部.
    Headquarters,
    /// A gateway that faces the internet.
    Public,
}

impl RoleWord {
    fn role(self) -> Role {
        match self {
            Self::Reader => Role::Reader,
            Self::Headquarters => Role::Headquarters,
            Self::Public => Role::Public,
        }
    }
}

impl TownCommand {
    /// Does it.
    ///
    /// # Errors
    /// What is wrong with the arguments, the folder or the passphrase, and what to do.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Init { dir, name, drill, passphrase } => init(&dir, &name, drill, passphrase),
            Self::Admit(admit) => admit.run(),
            Self::List { dir } => {
                let authority = Authority::open(&dir)?;
                print_line(&table(authority.town(), &authority.credentials()?))
            }
            Self::Invite { dir, to } => invite(&dir, to.as_deref()),
        }
    }
}

fn init(dir: &Path, name: &str, drill: bool, from: PassphraseArgs) -> anyhow::Result<()> {
    Authority::check_free(dir)?;
    let source = PassphraseSource::choose(drill, from.passphrase_file)?;
    let root = source.ask_new("root")?;
    let officer = source.ask_new("officer")?;
    let now = Timestamp::now().as_second();
    let authority = Authority::init(dir, name, drill, &root, &officer, now)?;
    let dir = dir.display();
    print_line(&format!(
        "town {}{}\nthe keys are in {dir}, locked; keep a copy of that folder and of the \
         passphrases in two places\nnext: `digiana-gateway town invite --dir {dir}`",
        authority.town().town(),
        if drill { " (訓練: for training only)" } else { "" },
    ))
}

impl Admit {
    fn run(self) -> anyhow::Result<()> {
        let sites: BTreeSet<SiteId> = self.site.into_iter().collect();
        if self.desk && sites.is_empty() {
            bail!("a desk works at a place: name it with --site");
        }
        let role = self.role.role();
        let mut admission = Admission::of_role(self.node, self.name, role, sites);
        if self.desk {
            admission = admission.with_desk();
        }
        admission.reads.extend(self.care.into_iter().map(Scope::Care));
        admission.reads.extend(self.read);
        admission.writes.extend(self.write);
        let mut authority = Authority::open(&self.dir)?;
        let admitted = if let Some(same) = authority.standing_admission(&admission)? {
            same
        } else {
            let drill = authority.town().drill;
            let source = PassphraseSource::choose(drill, self.passphrase.passphrase_file)?;
            let passphrase = source.ask("officer")?;
            authority.admit(&admission, &passphrase, Timestamp::now().as_second())?
        };
        let said = if admitted.is_new { "is admitted" } else { "was admitted so already" };
        print_line(&format!(
            "node {} {said}: credential {}, {} bytes\ncopy {} over the town file of \
             the new node; the others hear of it when they meet it",
            self.node,
            admitted.id,
            admitted.bytes,
            authority.town_path().display(),
        ))
    }
}

fn invite(dir: &Path, to: Option<&Path>) -> anyhow::Result<()> {
    let authority = Authority::open(dir)?;
    let town = authority.town();
    let file = authority.town_path();
    let mut words = format!(
        "town {}{}\nid       {}\nroot key {}\n\n",
        town.name,
        if town.drill { " (訓練: for training only)" } else { "" },
        town.town(),
        data_encoding::HEXLOWER.encode(&town.root),
    );
    if let Some(to) = to {
        town.save(to)?;
        writeln!(words, "the town file was written to {}", to.display())?;
    }
    write!(
        words,
        "The town file is a secret of the town: carry it by hand, not by mail.\n\
         On the new device:\n  1. copy {file} to where `town` in its node.toml points, and \
         `chmod 600` it\n  2. `digiana-node init --config node.toml` prints its NodeId\n\
         Here:\n  3. `digiana-gateway town admit --dir {dir} --node NODE_ID --name NAME --role \
         reader`\n\
         Then:\n  4. copy {file} over the one on the new device\n  5. `digiana-node run --config node.toml`",
        dir = dir.display(),
        file = file.display(),
    )?;
    print_line(&words)
}

/// The admitted nodes as a plain table.
fn table(town: &TownFile, credentials: &CredentialSet) -> String {
    let mut words = format!("town {} {}", town.name, town.town());
    if town.drill {
        words.push_str(" (訓練: for training only)");
    }
    let mut count = 0;
    for (node, standing) in credentials.nodes() {
        count += 1;
        let role = match standing.role {
            Role::Reader => "reader",
            Role::Headquarters => "headquarters",
            Role::Public => "public",
        };
        let list = |scopes: &mut dyn Iterator<Item = String>| {
            let words: Vec<String> = scopes.collect();
            if words.is_empty() { "-".to_owned() } else { words.join(" ") }
        };
        let writes = |scope: &Scope| standing.writes(*scope);
        let mut sites = standing.sites.iter().map(ToString::to_string);
        let mut written =
            standing.reads.iter().filter(|scope| writes(scope)).map(ToString::to_string);
        let mut only_read =
            standing.reads.iter().filter(|scope| !writes(scope)).map(ToString::to_string);
        let rows = format!(
            "\n{node}\n  name   {}\n  role   {role}\n  sites  {}\n  writes {}\n  reads  {}",
            standing.name,
            list(&mut sites),
            list(&mut written),
            list(&mut only_read),
        );
        words.push_str(&rows);
    }
    if count == 0 {
        words.push_str("\nno node is admitted yet; `digiana-gateway town admit` admits one");
    }
    words
}

#[cfg(test)]
mod tests;
