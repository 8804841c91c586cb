//! Which card is whose, as a file: `整理番号` and `カード`, the card's UID in hexadecimal.
//!
//! A UID is a tag as soon as the file is read; the file's numbers are not kept. A person may have
//! several cards, a card one person.

use std::collections::BTreeMap;
use std::fmt;

use digiana_core::engine::input::Command;
use digiana_core::service::shelter;
use digiana_core::token::{TokenTag, parse_token_text};
use digiana_node::keys::TownFile;

use super::people::{NUMBER, normal, person_id};
use super::plan::Plan;
use super::table::Table;
use super::{ImportFault, Mistakes, Wrong};

/// The column with the card's number.
const CARD: &str = "カード";

/// The columns that must be there.
pub const COLUMNS: [&str; 2] = [NUMBER, CARD];

/// A good file of cards. `Debug` shows how many it has: the rest is never in a log.
pub struct Tokens {
    links: Vec<Link>,
}

struct Link {
    row: usize,
    number: String,
    tag: TokenTag,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({} cards)", self.links.len())
    }
}

/// Reads a file of cards in UTF-8 or CP932, called `file` in messages.
///
/// # Errors
/// Everything wrong with it, by row and column, without a word of anybody's data. One mistake is
/// enough for nothing to be read.
pub fn read_tokens(file: &str, bytes: &[u8], town: &TownFile) -> Result<Tokens, ImportFault> {
    let mut mistakes = Mistakes::default();
    let key = town.tag_key();
    let mut links = Vec::new();
    if let Some(table) = Table::read(file, bytes, &COLUMNS, &mut mistakes) {
        let mut first: BTreeMap<TokenTag, usize> = BTreeMap::new();
        for row in table.rows() {
            let number = normal(row.cell(NUMBER));
            if number.is_empty() {
                let expected = "the town hall's number of a person";
                row.blame(NUMBER, Wrong::Unfit { expected }, &mut mistakes);
            }
            match parse_token_text(row.cell(CARD)) {
                Err(mistake) => row.blame(CARD, mistake.into(), &mut mistakes),
                Ok(uid) => {
                    let tag = TokenTag::of_uid(&key, uid.as_bytes());
                    if let Some(earlier) = first.get(&tag) {
                        let file = super::quoted(file);
                        let wrong = Wrong::DoubledKey { file, row: *earlier };
                        row.blame(CARD, wrong, &mut mistakes);
                    } else {
                        first.insert(tag, row.number);
                        links.push(Link { row: row.number, number, tag });
                    }
                }
            }
        }
    }
    mistakes.or(Tokens { links })
}

impl Tokens {
    /// How many cards it has.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// Whether it has none, which no good file has.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// A command for each card.
    pub fn plan(&self, town: &TownFile) -> Plan {
        let mut plan = Plan::default();
        for Link { row, number, tag } in &self.links {
            let (token, person) = (*tag, person_id(town, number));
            let link = shelter::command::Command::LinkToken { token, person, replace: false };
            plan.push(*row..=*row, Command::Shelter(link));
        }
        plan
    }
}

#[cfg(test)]
mod tests;
