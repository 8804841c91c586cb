//! A town in the middle of a flood (訓練), for stories that look at every page.

use digiana_tests::gateways::Gateways;
use digiana_tests::processes::until;

use crate::clerk::Clerk;

/// 比之宮交流センター
pub(crate) const FIRST: &str = "E3244800001";

/// 邑智中学校体育館
pub(crate) const SECOND: &str = "E3244800013";

/// How many people are in the register.
const PEOPLE: u32 = 60;

/// What one sees, and how to come there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// The board of headquarters.
    Board,
    /// A shelter's desk.
    Desk,
    /// The desk, with households that were searched for.
    Search,
    /// The form of one evacuee.
    Person,
    /// The question before a full shelter closes.
    Confirm,
    /// What is known of a place.
    Place,
    /// A place that is added.
    NewPlace,
    /// The question that an opening kit leads to.
    Kit,
    /// Who hears whom.
    Mesh,
    /// Paper cards are entered at the desk.
    Late,
    /// The screen beside the reader.
    Kiosk,
    /// The residents' page.
    Public,
    /// The door.
    Login,
    /// A page that is not there.
    Missing,
}

/// The town with two shelters open, people at both, a warning, and one person at two places.
pub(crate) fn flooded() -> Gateways {
    let town = Gateways::started(&[FIRST, SECOND], PEOPLE);
    let hq = &town.headquarters().process;
    let title = "江の川 洪水（訓練）";
    hq.ctl(&["incident", "open", "--title", title, "--hazard", "flood", "--drill"]);
    town.until_of_one_mind();
    for desk in [1, 2] {
        town.desk(desk).process.ctl(&["site", "open"]);
    }
    town.until_of_one_mind();
    let people: Vec<_> = town.people.iter().map(|person| person.number).collect();
    let (first, second) = people.split_at(people.len() / 2);
    first.iter().take(14).for_each(|person| town.desk(1).tap(*person));
    second.iter().take(9).for_each(|person| town.desk(2).tap(*person));
    town.until_of_one_mind();
    // One goes from the first to the second while neither hears the other.
    town.tell("pause", &[1, 2]);
    let wanderer = first.get(20).copied().expect("the register is longer");
    town.desk(1).tap(wanderer);
    town.desk(2).tap(wanderer);
    town.tell("resume", &[1, 2]);
    town.until_of_one_mind();
    until("headquarters sees two places", || {
        town.headquarters().process.status()["incidents"][0]["two_places"] == 1
    });
    town
}

/// The staff of a town, each at a browser, and a visitor.
#[derive(Debug)]
pub(crate) struct Staff {
    board: Clerk,
    desk: Clerk,
    visitor: Clerk,
}

impl View {
    /// All there are.
    pub(crate) const ALL: [Self; 14] = [
        Self::Board,
        Self::Desk,
        Self::Search,
        Self::Person,
        Self::Confirm,
        Self::Place,
        Self::NewPlace,
        Self::Kit,
        Self::Mesh,
        Self::Late,
        Self::Kiosk,
        Self::Public,
        Self::Login,
        Self::Missing,
    ];

    /// A word for file names and findings.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Board => "board",
            Self::Desk => "desk",
            Self::Search => "search",
            Self::Person => "person",
            Self::Confirm => "confirm",
            Self::Place => "place",
            Self::NewPlace => "new-place",
            Self::Kit => "kit",
            Self::Mesh => "mesh",
            Self::Late => "late",
            Self::Kiosk => "kiosk",
            Self::Public => "public",
            Self::Login => "login",
            Self::Missing => "missing",
        }
    }

    /// The route that shows it.
    pub(crate) fn route(self) -> &'static str {
        match self {
            Self::Board => "/board",
            Self::Desk | Self::Search | Self::Late => "/desk",
            Self::Place | Self::NewPlace => "/site/{site}",
            Self::Kit => "/kit/{word}",
            Self::Mesh => "/mesh",
            Self::Person => "/desk/person/{person}",
            Self::Confirm => "/desk/site",
            Self::Kiosk => "/kiosk",
            Self::Public => "/public/",
            Self::Login => "/login",
            Self::Missing => "/nowhere",
        }
    }
}

impl Staff {
    /// Everybody sits down; headquarters has issued a warning.
    pub(crate) fn of(town: &Gateways) -> Self {
        let board = Clerk::at(town.headquarters());
        board.presses("避難情報を記録する");
        let district = &town.people.first().expect("somebody lives here").association;
        board.types("地区", district);
        board.ticks("警戒レベル4");
        board.presses("記録する");
        board.sees("避難情報を記録しました。");
        let visitor = Clerk::sits_down(crate::webdriver::Scripts::On);
        Self { board, desk: Clerk::at(town.desk(1)), visitor }
    }

    /// Whoever has this view, in front of it.
    pub(crate) fn opens(&self, town: &Gateways, view: View) -> &Clerk {
        let (hq, desk) = (town.headquarters(), town.desk(1));
        let somebody = town.people.first().expect("somebody lives here");
        match view {
            View::Board => self.board.opens(&hq.page("/board")),
            View::Desk => self.desk.opens(&desk.page("/desk")),
            View::Search => {
                self.desk.opens(&desk.page("/desk"));
                self.desk.types("氏名またはかな", somebody.family.written);
                self.desk.presses("探す");
            }
            View::Person => {
                self.desk.opens(&desk.page("/desk"));
                self.desk.presses(&somebody.name());
            }
            View::Confirm => {
                self.desk.opens(&desk.page("/desk"));
                self.desk.presses("避難所の状態を変える");
                self.desk.presses("閉鎖");
                self.desk.sees("閉鎖しますか");
            }
            View::Place => self.board.opens(&hq.page(&format!("/site/{}", desk.site()))),
            View::NewPlace => self.board.opens(&hq.page("/site/new")),
            View::Kit => self.visitor.opens(&desk.page(&format!("/kit/{}", desk.kit()))),
            View::Mesh => self.board.opens(&hq.page("/mesh")),
            View::Late => {
                self.desk.opens(&desk.page("/desk"));
                self.desk.presses("紙のカードを入力する");
            }
            View::Kiosk => self.desk.opens(&desk.page("/kiosk")),
            View::Public => self.visitor.opens(&hq.page("/public/")),
            View::Login => self.visitor.opens(&hq.page("/login")),
            View::Missing => self.visitor.opens(&hq.page("/nowhere")),
        }
        match view {
            View::Board | View::Mesh | View::Place | View::NewPlace => &self.board,
            View::Desk | View::Search | View::Person | View::Confirm | View::Late | View::Kiosk => {
                &self.desk
            }
            View::Kit | View::Public | View::Login | View::Missing => &self.visitor,
        }
    }
}
