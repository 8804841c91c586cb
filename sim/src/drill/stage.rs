//! Everything before the curtain: the town's key, eight keys, the admissions, the places
//! and lists, and the register.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use digiana_core::id::NodeId;

use super::cast::{Places, Post};
use super::child::{Actor, Death, Starter};
use super::formats::config::GatewayFile;
use super::formats::{self, answer};
use super::ports::{Addresses, Ports};
use super::{DrillFault, progress, pupils};
use crate::population::{Person, register_csv};

/// Where a post's words go.
const LOG_FILE: &str = "log";

/// A town that is ready to be started.
#[derive(Debug)]
pub(super) struct Stage {
    /// Starts children.
    pub(super) starter: Starter,
    folder: PathBuf,
    nodes: BTreeMap<Post, NodeId>,
    ports: Ports,
}

impl Stage {
    /// Makes the town and everything its nodes need, in `folder`.
    ///
    /// # Errors
    /// [`DrillFault`] of the first step that fails.
    pub(super) async fn set(
        starter: Starter,
        folder: &Path,
        ports: Ports,
        seed: u64,
        people: &[Person],
    ) -> Result<Self, DrillFault> {
        let folder = folder.to_owned();
        let mut stage = Self { starter, folder, nodes: BTreeMap::new(), ports };
        // A town for training has a real passphrase too: nobody can admit to it later.
        let passphrase = data_encoding::HEXLOWER.encode(&rand::random::<[u8; 16]>());
        stage.found_town(&passphrase).await?;
        stage.make_keys().await?;
        stage.admit_all(&passphrase).await?;
        stage.import(seed, people).await?;
        Ok(stage)
    }

    /// Starts the eight.
    ///
    /// # Errors
    /// [`DrillFault::Machine`]; those that were started are dropped, which ends them.
    pub(super) fn start(
        self,
        deaths: &tokio::sync::mpsc::Sender<Death>,
    ) -> Result<(Located, Vec<Actor>), DrillFault> {
        let Self { starter, folder, nodes, ports } = self;
        let located = Located { folder, addresses: ports.release(), nodes };
        let mut actors = Vec::new();
        for post in Post::ALL {
            let line = formats::run(&located.config(post));
            actors.push(starter.start(post, &line, located.log(post), deaths.clone())?);
        }
        Ok((located, actors))
    }

    /// Makes the town's own key, and tells every node whose town it is.
    async fn found_town(&self, passphrase: &str) -> Result<(), DrillFault> {
        progress("a town with a key of its own");
        self.starter.once(&formats::town_init(&self.authority(), passphrase)).await?;
        let places = Places::carried();
        // The peers' names are not known yet; the files are written again when they are.
        Post::ALL.into_iter().try_for_each(|post| self.write_config(post, &places))?;
        self.give_town_file()
    }

    /// Has every key made, and writes the configurations.
    async fn make_keys(&mut self) -> Result<(), DrillFault> {
        progress("eight keys and eight empty stores");
        let places = Places::carried();
        for post in Post::ALL {
            let init = formats::init(&config(&self.folder, post));
            let printed = self.starter.once(&init).await?;
            let node = answer::node_id(&printed).map_err(|why| DrillFault::answer(&init, &why))?;
            self.nodes.insert(post, node);
        }
        Post::ALL.into_iter().try_for_each(|post| self.write_config(post, &places))
    }

    fn write_config(&self, post: Post, places: &Places) -> Result<(), DrillFault> {
        let folder = self.folder.join(post.folder());
        std::fs::create_dir_all(&folder).map_err(|error| DrillFault::machine(&folder, &error))?;
        let peers = post.peers().filter_map(|peer| {
            let node = self.nodes.get(&peer)?;
            Some((*node, self.ports.of(peer)))
        });
        let file = GatewayFile::of(post, post.device(places), self.ports.of(post), peers);
        write(&config(&self.folder, post), file.text().as_bytes())
    }

    /// Admits every node, and gives each the file that says so.
    async fn admit_all(&self, passphrase: &str) -> Result<(), DrillFault> {
        progress("eight admissions");
        let (authority, places) = (self.authority(), Places::carried());
        for (post, node) in &self.nodes {
            let device = post.device(&places);
            let admit = formats::town_admit(&authority, *post, *node, &device, passphrase);
            self.starter.once(&admit).await?;
        }
        self.give_town_file()
    }

    fn authority(&self) -> PathBuf {
        self.folder.join("authority")
    }

    fn give_town_file(&self) -> Result<(), DrillFault> {
        let town = self.authority().join(formats::TOWN_FILE);
        for post in Post::ALL {
            let copy = self.folder.join(post.folder()).join(formats::TOWN_FILE);
            // The copy is as private as the file: it holds the town's key for tags.
            std::fs::copy(&town, &copy).map_err(|error| DrillFault::machine(&town, &error))?;
        }
        Ok(())
    }

    /// Reads places, people, cards and lists into headquarters' store.
    async fn import(&self, seed: u64, people: &[Person]) -> Result<(), DrillFault> {
        let config = config(&self.folder, Post::Headquarters);
        progress("the places of Misato (出典：国土地理院)");
        let files = Places::write(&self.folder)?;
        self.starter.once(&formats::import_sites(&config, &files)).await?;
        progress(&format!("{} people and their cards (訓練データ)", people.len()));
        let register = self.folder.join("people.csv");
        write(&register, &register_csv::to_bytes(people))?;
        self.starter.once(&formats::import("people", &config, &register)).await?;
        let cards = self.folder.join("tokens.csv");
        write(&cards, formats::tokens_csv(seed, people).as_bytes())?;
        self.starter.once(&formats::import("tokens", &config, &cards)).await?;
        progress("bus stops, ticket books, point rules and pupils (訓練データ)");
        let lists = Places::write_lists(&self.folder)?;
        self.starter.once(&formats::import("lists", &config, &lists)).await?;
        let school = self.folder.join("pupils.csv");
        write(&school, pupils::csv(people).as_bytes())?;
        self.starter.once(&formats::import_pupils(&config, &school)).await?;
        Ok(())
    }
}

/// Where everything of a started town is.
#[derive(Debug)]
pub(super) struct Located {
    folder: PathBuf,
    /// Where each post is reached.
    pub(super) addresses: BTreeMap<Post, Addresses>,
    /// Who each post is.
    pub(super) nodes: BTreeMap<Post, NodeId>,
}

impl Located {
    /// A post's configuration.
    pub(super) fn config(&self, post: Post) -> PathBuf {
        config(&self.folder, post)
    }

    /// Where a post's words go.
    pub(super) fn log(&self, post: Post) -> PathBuf {
        self.folder.join(post.folder()).join(LOG_FILE)
    }

    /// Where a post is reached.
    pub(super) fn at(&self, post: Post) -> Addresses {
        *self.addresses.get(&post).expect("every post has its addresses")
    }

    /// Who a post is, as commands name it.
    pub(super) fn node(&self, post: Post) -> String {
        self.nodes.get(&post).expect("every post has its key").to_string()
    }
}

fn config(folder: &Path, post: Post) -> PathBuf {
    folder.join(post.folder()).join("gateway.toml")
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), DrillFault> {
    std::fs::write(path, bytes).map_err(|error| DrillFault::machine(path, &error))
}
