//! The opening kit as a page to print: what to do, a code to scan, and a word to type.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use anyhow::{Context, bail};
use askama::Template;
use clap::Subcommand;
use qrcode::QrCode;
use qrcode::render::svg;

use super::print_line;
use crate::auth::kit::OpeningKit;
use crate::config::{GatewayConfig, Screen};

/// `digiana-gateway kit …`
#[derive(Debug, Subcommand)]
pub enum KitCommand {
    /// Makes the opening kit of a shelter's desk and writes it as a page to print (A4, HTML).
    ///
    /// Seal the print in the key box. Whoever scans its code, or types its word where the
    /// passphrase goes, opens this desk and nothing else; each use is shown at headquarters. A new
    /// kit ends the old one.
    #[command(
        after_help = "Example:\n  digiana-gateway kit make --config gateway.toml --to kit.html \
                      --address http://192.168.1.10:8080"
    )]
    Make {
        /// The gateway's configuration.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The page to write. It must not exist.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// How the desk's tablet reaches this gateway, if not by the address it listens on.
        #[arg(long, value_name = "URL")]
        address: Option<String>,
    },
    /// Ends the opening kit: its code and word open nothing more.
    #[command(after_help = "Example:\n  digiana-gateway kit withdraw --config gateway.toml")]
    Withdraw {
        /// The gateway's configuration.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

#[derive(Template)]
#[template(path = "kit_paper.html")]
struct Paper<'a> {
    device: &'a str,
    code: String,
    address: &'a str,
    word: String,
}

impl KitCommand {
    /// Does it.
    ///
    /// # Errors
    /// What could not be read or written, and the next step.
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Make { config, to, address } => {
                let read = GatewayConfig::load_with_pages(&config)?;
                if read.web.role != Screen::Shelter {
                    bail!(
                        "{}: only a shelter's desk has an opening kit; its table [web] says role \
                         = \"shelter\"",
                        config.display()
                    );
                }
                let address = address.unwrap_or_else(|| format!("http://{}", read.web.listen));
                let address = address.trim_end_matches('/');
                if !(address.starts_with("http://") || address.starts_with("https://")) {
                    bail!("{address:?} is no address of a page, such as http://192.168.1.10:8080");
                }
                // The file first: a kit that nobody can print must not end the one in the box.
                let mut file = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&to)
                    .with_context(|| {
                        format!("{}: name a file that is not there yet", to.display())
                    })?;
                let word = OpeningKit::in_folder(&read.web_data()).make()?;
                let link = format!("{address}/kit/{}", word.expose());
                let code = QrCode::new(&link).context("the address is too long for a code")?;
                let code = code.render::<svg::Color<'_>>().min_dimensions(360, 360).build();
                let code = code.split_once("?>").map_or(code.as_str(), |(_, svg)| svg).to_owned();
                let (device, word) = (read.node.name.as_str(), word.in_groups());
                let paper = Paper { device, code, address, word }.render()?;
                file.write_all(paper.as_bytes())
                    .and_then(|()| file.sync_all())
                    .with_context(|| to.display().to_string())?;
                print_line(&format!(
                    "{}: print it, seal it in the key box, and delete the file",
                    to.display()
                ))
            }
            Self::Withdraw { config } => {
                let read = GatewayConfig::load_with_pages(&config)?;
                let had_one = OpeningKit::in_folder(&read.web_data()).withdraw()?;
                print_line(if had_one {
                    "the opening kit opens nothing more; whoever is in stays so until they log out, or \
                     until the gateway is started again"
                } else {
                    "there was no opening kit"
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails says so by panicking")]

    use super::*;

    #[test]
    fn the_paper_has_a_code_a_word_and_the_way_without_a_camera() {
        let code = QrCode::new("http://127.0.0.1:8080/kit/ABCD").unwrap();
        let code = code.render::<svg::Color<'_>>().build();
        let paper = Paper {
            device: "訓練の端末",
            code,
            address: "http://127.0.0.1",
            word: "ABCD-EFGH".into(),
        };
        let paper = paper.render().unwrap();
        assert!(
            paper.contains("<svg") && paper.contains("ABCD-EFGH") && paper.contains("訓練の端末")
        );
    }
}
