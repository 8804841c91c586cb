//! What districts are to do (避難情報), the most urgent first.

use crate::fact::warning::WarningLevel;
use crate::register::{Register, Saw};
use crate::service::shelter::incident::Incident;
use crate::service::stamp::Stamped;
use crate::time::Wall;

/// What holds in one district.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Its name in the town's own word; empty for the whole town.
    pub district: String,
    /// The level; none when it was lifted. The most urgent, should desks disagree.
    pub level: Option<WarningLevel>,
    /// Since when.
    pub since: Wall,
    /// Desks that did not hear each other noted different levels.
    pub is_disputed: bool,
    /// What a form that shows this has seen.
    pub saw: Saw,
}

/// Every district that was ever spoken for: the most urgent first, lifted ones last, and the newer
/// of two alike first.
pub fn warnings(incident: &Incident) -> Vec<Warning> {
    let of = |(district, register): (&str, &Register<_>)| Warning::of(district, register);
    let mut warnings: Vec<Warning> = incident.warnings().filter_map(of).collect();
    warnings.sort_by_key(|warning| std::cmp::Reverse((warning.level, warning.since.seconds)));
    warnings
}

impl Warning {
    fn of(
        district: &str,
        register: &Register<crate::service::shelter::writes::WarningWrite>,
    ) -> Option<Self> {
        let level = register.current().map(|write| write.value.level).max()?;
        let holds = register.current().filter(|write| write.value.level == level);
        let since = holds.map(|write| write.value.when()).min_by_key(|when| when.seconds)?;
        Some(Self {
            district: district.to_owned(),
            level,
            since,
            is_disputed: register.current().any(|write| write.value.level != level),
            saw: register.saw(),
        })
    }
}
