//! The town's lists as pages edit them: every field with all that desks wrote.

use digiana_core::fact::edit::FieldId;
use digiana_core::id::{RecordId, SiteId};
use digiana_core::record::field;
use digiana_core::service::lists::rule::PointRule;
use digiana_core::time::Day;
use digiana_core::view::wellbeing::preview::Would;

use super::SiteField;

/// One of the town's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// By which points are given.
    Rules,
    /// Ticket books as the counter sells them.
    Products,
    /// Who runs buses and taxis.
    Operators,
    /// Where buses stop.
    Stops,
    /// Where buses go, and when.
    Routes,
    /// Shelters, facilities, schools, vehicles, shops.
    Sites,
}

impl List {
    /// All of them, in the order of their pages.
    pub const ALL: [Self; 6] =
        [Self::Rules, Self::Products, Self::Operators, Self::Stops, Self::Routes, Self::Sites];

    /// Its word in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Products => "products",
            Self::Operators => "operators",
            Self::Stops => "stops",
            Self::Routes => "routes",
            Self::Sites => "sites",
        }
    }

    /// The list of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.word() == word)
    }

    /// What its pages write of an entry: the name first.
    pub fn fields(self) -> &'static [FieldId] {
        match self {
            Self::Rules => &[
                field::RULE_NAME,
                field::RULE_POINTS,
                field::RULE_FOR,
                field::RULE_SITE,
                field::RULE_DAILY_CAP,
                field::RULE_FROM,
                field::RULE_UNTIL,
                field::RULE_ENDED,
            ],
            Self::Products => &[
                field::PRODUCT_NAME,
                field::PRODUCT_TICKETS,
                field::PRODUCT_PRICE,
                field::PRODUCT_OPERATOR,
                field::PRODUCT_VALID_DAYS,
                field::PRODUCT_SUBSIDY,
                field::PRODUCT_ENDED,
            ],
            Self::Operators => &[field::OPERATOR_NAME, field::OPERATOR_KIND, field::OPERATOR_ENDED],
            Self::Stops => &[field::STOP_NAME, field::STOP_KANA, field::STOP_ENDED],
            Self::Routes => &[
                field::ROUTE_NAME,
                field::ROUTE_OPERATOR,
                field::ROUTE_STOPS,
                field::ROUTE_TIMES,
                field::ROUTE_ENDED,
            ],
            Self::Sites => &[
                field::SITE_NAME,
                field::SITE_SERVES,
                field::SITE_OPERATOR,
                field::SITE_ARRIVE_BY,
                field::SITE_LEAVE_FROM,
            ],
        }
    }

    /// Whether a field is one of its entries'.
    pub fn has(self, number: FieldId) -> bool {
        match self {
            Self::Rules => field::is_of_rule(number),
            Self::Products => field::is_of_product(number),
            Self::Operators => field::is_of_operator(number),
            Self::Stops => field::is_of_stop(number),
            Self::Routes => field::is_of_route(number),
            Self::Sites => field::is_of_site(number),
        }
    }

    /// The field that says that an entry is out of use; a place is never so.
    pub fn ended(self) -> Option<FieldId> {
        match self {
            Self::Rules => Some(field::RULE_ENDED),
            Self::Products => Some(field::PRODUCT_ENDED),
            Self::Operators => Some(field::OPERATOR_ENDED),
            Self::Stops => Some(field::STOP_ENDED),
            Self::Routes => Some(field::ROUTE_ENDED),
            Self::Sites => None,
        }
    }
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEntry {
    /// Its record.
    pub record: RecordId,
    /// Its name; empty where nobody wrote one.
    pub name: String,
    /// It is out of use.
    pub is_ended: bool,
    /// What its pages write of it, in the order of [`List::fields`].
    pub fields: Vec<SiteField>,
}

/// What a point rule would have given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulePreview {
    /// From this day.
    pub from: Day,
    /// Up to and with this day.
    pub until: Day,
    /// At each site, by name.
    pub by_site: Vec<(SiteId, String, Would)>,
    /// At all of them together.
    pub all: Would,
    /// Schools of which this node may not read who came: what they would have brought is missing.
    pub unread_schools: usize,
}

/// What pages of lists need of the node.
pub trait ListsBackend {
    /// The entries of a list: those in use first, by name.
    fn list(&self, list: List) -> Vec<ListEntry>;

    /// One entry of a list; `None` for a record of which it has nothing.
    fn list_entry(&self, list: List, record: RecordId) -> Option<ListEntry>;

    /// What a rule would have given between two days, both counted.
    fn preview(&self, rule: &PointRule, from: Day, until: Day) -> RulePreview;
}

macro_rules! seen_through {
    ($backend:ty) => {
        impl $crate::backend::lists::ListsBackend for $backend {
            fn list(
                &self,
                list: $crate::backend::lists::List,
            ) -> Vec<$crate::backend::lists::ListEntry> {
                self.see(|seen| seen.list(list))
            }

            fn list_entry(
                &self,
                list: $crate::backend::lists::List,
                record: digiana_core::id::RecordId,
            ) -> Option<$crate::backend::lists::ListEntry> {
                self.see(|seen| seen.list_entry(list, record))
            }

            fn preview(
                &self,
                rule: &digiana_core::service::lists::rule::PointRule,
                from: digiana_core::time::Day,
                until: digiana_core::time::Day,
            ) -> $crate::backend::lists::RulePreview {
                self.see(|seen| seen.preview(rule, from, until))
            }
        }
    };
}
pub(super) use seen_through;
