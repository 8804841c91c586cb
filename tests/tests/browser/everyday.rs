//! A town on an ordinary day (訓練), for stories that look at every page of its services.

use digiana_tests::gateways::{Gateways, Post};
use digiana_tests::processes::until;

use crate::clerk::Clerk;

/// A page of an everyday service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    /// A word for file names and findings.
    pub(crate) word: &'static str,
    /// The route that shows it.
    pub(crate) route: &'static str,
    /// Whose browser it is.
    who: Who,
    /// Its address, or that of the page that leads to it.
    path: &'static str,
    /// What is pressed there to come to it; empty where the address is its own.
    presses: &'static [&'static str],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    TownHall,
    Teacher,
    Driver,
    Facility,
    Till,
}

const fn page(
    word: &'static str,
    route: &'static str,
    who: Who,
    path: &'static str,
    presses: &'static [&'static str],
) -> Page {
    Page { word, route, who, path, presses }
}

/// All there are.
pub(crate) const PAGES: [Page; 28] = {
    use Who::{Driver, Facility, Teacher, Till, TownHall};
    [
        page("school", "/school", Teacher, "/school", &[]),
        page("pupil", "/school/pupil/{person}", Teacher, "/school", &["1日の記録"]),
        page("pupils", "/school/pupils", Teacher, "/school/pupils", &[]),
        page(
            "new-pupil",
            "/school/pupils/{person}",
            Teacher,
            "/school/pupils",
            &["名簿に追加する"],
        ),
        page("names", "/kiosk/names", Teacher, "/kiosk/names", &[]),
        page("school-kiosk", "/kiosk", Teacher, "/kiosk", &[]),
        page("bus", "/bus", Driver, "/bus", &[]),
        page("bus-kiosk", "/kiosk", Driver, "/kiosk", &[]),
        page("cards", "/cards", TownHall, "/cards?q=%E6%B1%A0%E7%94%B0", &["池田"]),
        page(
            "card-code",
            "/cards/code",
            TownHall,
            "/cards?q=%E6%B1%A0%E7%94%B0",
            &["池田", "新しいコードを作って印刷する"],
        ),
        page("tickets", "/transport", TownHall, "/transport", &[]),
        page(
            "rider",
            "/transport/person/{person}",
            TownHall,
            "/transport?q=%E6%B1%A0%E7%94%B0",
            &["池田"],
        ),
        page(
            "month",
            "/transport/month/{month}",
            TownHall,
            "/transport",
            &["今月の事業者別・区間別の表"],
        ),
        page("facility", "/wellbeing", Facility, "/wellbeing", &[]),
        page("facility-kiosk", "/kiosk", Facility, "/kiosk", &[]),
        page("visits", "/wellbeing", TownHall, "/wellbeing", &[]),
        page(
            "wallet",
            "/wellbeing/person/{person}",
            TownHall,
            "/wellbeing?q=%E6%B1%A0%E7%94%B0",
            &["池田"],
        ),
        page("overdrawn", "/wellbeing/overdrawn", TownHall, "/wellbeing/overdrawn", &[]),
        page("unseen", "/wellbeing/unseen", TownHall, "/wellbeing/unseen", &[]),
        page("shop", "/shop", Till, "/shop", &[]),
        page("shop-kiosk", "/kiosk", Till, "/kiosk", &[]),
        page("lists", "/lists", TownHall, "/lists", &[]),
        page("rules", "/lists/{list}", TownHall, "/lists/rules", &[]),
        page("rule", "/lists/{list}/{record}", TownHall, "/lists/rules", &["来館ポイント"]),
        page("product", "/lists/{list}/{record}", TownHall, "/lists/products", &["11回券"]),
        page("route", "/lists/{list}/{record}", TownHall, "/lists/routes", &["谷線"]),
        page("new-stop", "/lists/{list}/{record}", TownHall, "/lists/stops/new", &[]),
        page("places", "/lists/{list}", TownHall, "/lists/sites", &[]),
    ]
};

/// The town, and everybody at a browser.
#[derive(Debug)]
pub(crate) struct Everyday {
    town: Gateways,
    clerks: Vec<Clerk>,
}

impl Everyday {
    /// Children have come, people visit, ride and pay, one of them twice what there was.
    pub(crate) fn begun() -> Self {
        let posts = [
            Post::School("E3244800015"),
            Post::Bus("bus-1"),
            Post::Facility("plaza"),
            Post::Shop("shop-1"),
            Post::Shop("shop-2"),
        ];
        let town = Gateways::serving(&posts, 40);
        let people: Vec<u32> = town.people.iter().map(|person| person.number).collect();
        people.iter().take(9).for_each(|pupil| town.desk(1).tap(*pupil));
        people.iter().skip(12).take(6).for_each(|rider| town.desk(2).tap(*rider));
        people.iter().take(8).for_each(|visitor| town.desk(3).tap(*visitor));
        until("headquarters counts the visits", || {
            town.headquarters().process.status()["services"]["visits"] == 8
        });
        town.until_of_one_mind();
        town.tell("pause", &[4, 5]);
        for shop in [4, 5] {
            town.desk(shop).process.ctl(&["charge", "10"]);
            town.desk(shop).tap(people[0]);
        }
        town.tell("resume", &[4, 5]);
        until("headquarters knows what is owed", || {
            town.headquarters().process.status()["services"]["overdrawn"] == 1
        });
        town.until_of_one_mind();
        let all = std::iter::once(town.headquarters()).chain((1..=4).map(|desk| town.desk(desk)));
        let clerks = all.map(Clerk::at).collect();
        Self { town, clerks }
    }

    /// Whoever has this page, in front of it.
    pub(crate) fn opens(&self, page: Page) -> &Clerk {
        let at = match page.who {
            Who::TownHall => 0,
            Who::Teacher => 1,
            Who::Driver => 2,
            Who::Facility => 3,
            Who::Till => 4,
        };
        let (clerk, gateway) = (&self.clerks[at], &self.town.all[at]);
        clerk.opens(&gateway.page(page.path));
        page.presses.iter().for_each(|words| clerk.presses(words));
        clerk
    }
}
