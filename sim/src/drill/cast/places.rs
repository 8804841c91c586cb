//! The names of the places: of GSI's files, and of the drill's own list.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::drill::DrillFault;
use crate::population::MARK;

/// GSI's files as the gateway carries them; the drill imports the same bytes.
const GSI_FILES: [(&str, &[u8]); 2] = [
    (
        "gsi-emergency-324485.json",
        include_bytes!("../../../../gateway/data/misato/gsi-emergency-324485.json"),
    ),
    (
        "gsi-evacuation-324485.json",
        include_bytes!("../../../../gateway/data/misato/gsi-evacuation-324485.json"),
    ),
];

/// The places, stops and rules that the drill's services need.
const LISTS: &str = include_str!("../lists.toml");

/// How the file of these is called in the drill's folder.
const LISTS_FILE: &str = "lists.toml";

/// How many characters of a 共通ID are the key of its site.
const SITE_KEY_CHARS: usize = 11;

/// The places of the carried files and lists.
#[derive(Debug)]
pub(crate) struct Places {
    // By site key.
    names: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Row {
    properties: Properties,
}

#[derive(Deserialize)]
struct Properties {
    #[serde(rename = "共通ID")]
    common_id: String,
    #[serde(rename = "施設・場所名")]
    name: String,
    #[serde(rename = "洪水", default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "the cast is held to it by a test"))]
    flood: Option<String>,
}

#[derive(Deserialize)]
struct Lists {
    site: Vec<ListedSite>,
    #[serde(rename = "rule")]
    #[cfg_attr(not(test), expect(dead_code, reason = "the plan is held to it by a test"))]
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct ListedSite {
    key: String,
    name: Option<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "the cast is held to it by a test"))]
    serves: Vec<String>,
}

#[derive(Deserialize)]
#[cfg_attr(not(test), expect(dead_code, reason = "the plan is held to it by a test"))]
struct Rule {
    key: String,
    points: u32,
}

fn lists() -> Lists {
    toml::from_str(LISTS).expect("the drill's list is read by a test")
}

fn listed() -> Vec<ListedSite> {
    lists().site
}

fn rows(bytes: &[u8]) -> Vec<Row> {
    serde_json::from_slice(bytes).expect("the carried files are read by a test")
}

impl Places {
    /// Those of the carried files.
    pub(crate) fn carried() -> Self {
        let mut names = BTreeMap::new();
        for row in GSI_FILES.iter().flat_map(|(_, bytes)| rows(bytes)) {
            let key = row.properties.common_id.chars().take(SITE_KEY_CHARS).collect();
            names.entry(key).or_insert(row.properties.name);
        }
        for site in listed() {
            // A site of GSI's file that the list says more about has its name already.
            if let Some(name) = site.name {
                let name = name.trim_end_matches(&format!("（{MARK}）")).to_owned();
                names.entry(site.key).or_insert(name);
            }
        }
        Self { names }
    }

    /// A place's name.
    pub(crate) fn name(&self, site_key: &str) -> &str {
        self.names.get(site_key).map_or("", String::as_str)
    }

    /// Writes the list into a folder, as a town would have it, and names it.
    ///
    /// # Errors
    /// [`DrillFault::Machine`]
    pub(crate) fn write_lists(folder: &Path) -> Result<PathBuf, DrillFault> {
        let path = folder.join(LISTS_FILE);
        std::fs::write(&path, LISTS).map_err(|error| DrillFault::machine(&path, &error))?;
        Ok(path)
    }

    /// Writes GSI's files into a folder, as a town would have them, and names them.
    ///
    /// # Errors
    /// [`DrillFault::Machine`]
    pub(crate) fn write(folder: &Path) -> Result<Vec<PathBuf>, DrillFault> {
        let mut written = Vec::new();
        for (name, bytes) in GSI_FILES {
            let path = folder.join(name);
            std::fs::write(&path, bytes).map_err(|error| DrillFault::machine(&path, &error))?;
            written.push(path);
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drill::cast::{Post, Service};
    use crate::drill::plan::POINTS_A_VISIT;

    #[test]
    fn every_shelter_and_the_school_are_real_and_valid_in_a_flood() {
        let real = [Post::FirstShelter, Post::SecondShelter, Post::ThirdShelter, Post::School];
        for post in real {
            let key = post.site_key().expect("a reader stands somewhere");
            let of_key = |row: &Row| row.properties.common_id.starts_with(key);
            let flood: Vec<_> = rows(GSI_FILES[0].1)
                .into_iter()
                .filter(of_key)
                .map(|row| row.properties.flood)
                .collect();
            assert_eq!(flood, [Some("1".to_owned())], "{key}");
        }
    }

    #[test]
    fn every_reader_has_a_place_and_its_device_says_that_it_is_a_drill() {
        let places = Places::carried();
        for post in Post::READERS {
            let key = post.site_key().expect("a reader stands somewhere");
            assert!(!places.name(key).is_empty(), "{key}");
            assert!(!places.name(key).contains(MARK), "{key}");
            assert!(post.device(&places).ends_with("（訓練）"));
        }
    }

    #[test]
    fn the_list_says_of_each_place_what_its_reader_serves() {
        let of_key = |key| listed().into_iter().find(|site| site.key == key);
        for post in Post::READERS {
            let expected = match post.serves() {
                None | Some(Service::Shelter) => continue,
                Some(Service::Bus) => "vehicle",
                Some(service) => service.word(),
            };
            let site = of_key(post.site_key().expect("a reader stands somewhere"));
            let serves = site.expect("it is on the list").serves;
            assert!(serves.iter().any(|word| word == expected), "{post:?}");
        }
    }

    #[test]
    fn a_visit_gives_as_many_points_as_people_pay_with() {
        let rules = lists().rules;
        let visit = rules.into_iter().find(|rule| rule.key == "visit").expect("it is on the list");
        assert_eq!(visit.points, POINTS_A_VISIT);
    }
}
