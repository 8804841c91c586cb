//! `digiana-gateway import …`: what the town hall brings.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use digiana_core::id::SiteId;
use digiana_node::config::{ConfigFile, NodeConfig};
use digiana_node::keys::TownFile;
use digiana_node::road::{self, Submitted};
use jiff::Zoned;

use super::print_line;
use super::progress::Progress;
use crate::authority::admission::parse_site;
use crate::data::gsi_files;
use crate::import::TABLE_BYTES_MAX;
use crate::import::lists::read_lists;
use crate::import::people::read_register;
use crate::import::plan::Plan;
use crate::import::pupils::read_pupils;
use crate::import::site_edits;
use crate::import::sites::read_gsi;
use crate::import::summary::Summary;
use crate::import::tokens::read_tokens;

/// What the town hall brings. The node may be running or not.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Brings the places of evacuation from GSI's files (指定緊急避難場所・指定避難所).
    ///
    /// Bring both files of the town at once: the file of 指定避難所 says nothing about hazards. A place
    /// the files do not name stays as it is.
    #[command(
        after_help = "Examples:\n  digiana-gateway import sites --config gateway.toml emergency.json evacuation.json\n  digiana-gateway import sites --config gateway.toml --misato"
    )]
    Sites {
        /// Into which node.
        #[command(flatten)]
        into: IntoNode,
        /// GSI's files of the town.
        #[arg(value_name = "FILE", required_unless_present = "misato")]
        files: Vec<PathBuf>,
        /// Bring the files of 島根県美郷町 that every gateway carries.
        #[arg(long, conflicts_with = "files")]
        misato: bool,
    },
    /// Brings the register of people from a CSV file (UTF-8 or CP932).
    ///
    /// The first row names the columns, in any order: 整理番号, 世帯番号, 氏名, 氏名カナ, 生年月日, 性別, 住所,
    /// 自治会, 電話番号, 要配慮者, 支援措置; 見守り日数 need not be there. Others are not read. The same file a second time changes nothing;
    /// a newer one changes what differs. Nobody is taken out of the register by an import.
    #[command(
        after_help = "Example:\n  digiana-gateway import people --config gateway.toml register.csv"
    )]
    People {
        /// Into which node.
        #[command(flatten)]
        into: IntoNode,
        /// The register.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Brings which card is whose from a CSV file with the columns 整理番号 and カード.
    ///
    /// A card is its UID in hexadecimal. People are brought first. A card that stands for somebody
    /// else is refused with its row: a desk settles that.
    #[command(
        after_help = "Example:\n  digiana-gateway import tokens --config gateway.toml cards.csv"
    )]
    Tokens {
        /// Into which node.
        #[command(flatten)]
        into: IntoNode,
        /// The cards.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Brings operators, stops, routes, ticket books, point rules and places from a TOML file.
    ///
    /// A table for each entry, named operator, stop, route, product, rule or site in double brackets, each
    /// with a key that names it for ever. The same file a second time changes nothing. What the file
    /// does not name stays as it is; the pages under /lists change single entries.
    #[command(
        after_help = "Example:\n  digiana-gateway import lists --config gateway.toml lists.toml"
    )]
    Lists {
        /// Into which node.
        #[command(flatten)]
        into: IntoNode,
        /// The lists.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Brings a school's pupils from a CSV file with the columns 整理番号, 氏名, 氏名カナ and 学級.
    ///
    /// They go into the scope of that school, which the node must be admitted to write.
    #[command(
        after_help = "Example:\n  digiana-gateway import pupils --config gateway.toml --school E3244800015 pupils.csv"
    )]
    Pupils {
        /// Into which node.
        #[command(flatten)]
        into: IntoNode,
        /// The school: its id, or its key in GSI's file.
        #[arg(long, value_name = "SITE", value_parser = parse_site)]
        school: SiteId,
        /// The pupils.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Into which node.
#[derive(Debug, Args)]
pub struct IntoNode {
    /// The configuration of the node: a gateway's, or a node's.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Read and check the files, and record nothing.
    #[arg(long)]
    check: bool,
}

impl ImportCommand {
    /// Does it.
    ///
    /// # Errors
    /// What is wrong with a file, by row and column, or with the node, and what to do.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Sites { into, files, misato } => {
                let sites = if misato {
                    read_gsi(&gsi_files())?
                } else {
                    let bytes =
                        files.iter().map(|file| read(file)).collect::<Result<Vec<_>, _>>()?;
                    let names: Vec<String> = files.iter().map(|file| name(file)).collect();
                    let pairs = names.iter().map(String::as_str);
                    let pairs: Vec<_> = pairs.zip(bytes.iter().map(Vec::as_slice)).collect();
                    read_gsi(&pairs)?
                };
                print_line(&Summary::of(&sites, None).to_string())?;
                into.bring("sites", site_edits::plan(&sites, None), "place").await
            }
            Self::People { into, file } => {
                let town = TownFile::load(&into.node()?.town)?;
                let today = Zoned::now().date();
                let register = read_register(&name(&file), &read(&file)?, today)?;
                print_line(&format!("{} people", register.len()))?;
                if !register.not_read().is_empty() {
                    print_line(&format!("columns not read: {}", register.not_read().join(", ")))?;
                }
                into.bring("people", register.plan(&town, None), "row").await
            }
            Self::Tokens { into, file } => {
                let town = TownFile::load(&into.node()?.town)?;
                let tokens = read_tokens(&name(&file), &read(&file)?, &town)?;
                print_line(&format!("{} cards", tokens.len()))?;
                into.bring("cards", tokens.plan(&town), "row").await
            }
            Self::Lists { into, file } => {
                let bytes = read(&file)?;
                let text = std::str::from_utf8(&bytes)
                    .with_context(|| format!("{}: save the file as UTF-8", file.display()))?;
                let lists = read_lists(&name(&file), text)?;
                print_line(&format!("{} entries", lists.len()))?;
                into.bring("lists", lists.plan(), "line").await
            }
            Self::Pupils { into, school, file } => {
                let town = TownFile::load(&into.node()?.town)?;
                let pupils = read_pupils(&name(&file), &read(&file)?)?;
                print_line(&format!("{} pupils", pupils.len()))?;
                into.bring("pupils", pupils.plan(&town, school), "row").await
            }
        }
    }
}

impl IntoNode {
    fn node(&self) -> anyhow::Result<NodeConfig> {
        let mut file = ConfigFile::read(&self.config)?;
        // The table of the pages is for the pages to judge.
        let _: Option<toml::Table> = file.take("web")?;
        Ok(file.node()?)
    }

    async fn bring(&self, what: &'static str, plan: Plan, row: &str) -> anyhow::Result<()> {
        let config = self.node()?;
        if self.check {
            return print_line("the files are good; nothing was recorded (--check)");
        }
        let mut progress = Progress::new(what);
        let commands = plan.commands().to_vec();
        let submitted = road::submit(&config, commands, |done, total| progress.tell(done, total));
        match submitted.await {
            Ok(Submitted { facts: 0, .. }) => {
                print_line("nothing changed: all of it was known already")
            }
            Ok(Submitted { facts: 1, .. }) => print_line("1 fact recorded"),
            Ok(Submitted { facts, .. }) => print_line(&format!("{facts} facts recorded")),
            Err(fault) => {
                let rows = fault.at().and_then(|at| plan.rows(at));
                let Some(rows) = rows else { return Err(fault.into()) };
                let rows = if rows.start() == rows.end() {
                    format!("{row} {}", rows.start())
                } else {
                    format!("{row}s {} to {}", rows.start(), rows.end())
                };
                bail!(
                    "{rows}: {fault}. What was recorded before stays; mend it and import the \
                     file again"
                )
            }
        }
    }
}

/// A file's bytes, no more than any import takes.
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let what = || path.display().to_string();
    let found = match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            bail!(
                "there is no file {}; give the path of the file to import, from this folder or \
                 from /",
                path.display()
            );
        }
        found => found.with_context(what)?,
    };
    if found.is_dir() {
        bail!("{} is a folder; give the path of the file in it", path.display());
    }
    let bytes = found.len();
    if usize::try_from(bytes).map_or(true, |bytes| bytes > TABLE_BYTES_MAX) {
        bail!("{}: {bytes} bytes are more than any import takes", path.display());
    }
    std::fs::read(path).with_context(what)
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| "the file".to_owned(), |name| name.to_string_lossy().into())
}

#[cfg(test)]
mod tests;
