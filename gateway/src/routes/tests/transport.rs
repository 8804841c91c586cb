//! Ticket books at the counter, the driver's page and the screen in a bus.

use digiana_core::engine::input::Command;
use digiana_core::fact::edit::{Change, Edit, FieldId, Value};
use digiana_core::fact::shelter::Assurance;
use digiana_core::id::{PersonId, RecordId};
use digiana_core::record::of_site;
use digiana_core::register::Saw;
use digiana_core::service::refusal::Refusal;
use digiana_core::service::shelter::command::Command as ShelterCommand;
use digiana_core::service::transport::command::{Command as Tickets, Trip};
use digiana_core::time::Day;
use digiana_core::token::TokenTag;
use digiana_core::view::transport::month::Month;
use digiana_node::config::Serves;
use digiana_node::reader::purpose::Purpose;

use super::*;
use crate::backend::transport::TransportBackend as _;

const BUSES: RecordId = RecordId([0xb0; 8]);
const ROUTE: RecordId = RecordId([0xa0; 8]);
const BOOK: RecordId = RecordId([0xc0; 8]);
const CARD: TokenTag = TokenTag([7; 16]);

fn stop(number: u8) -> RecordId {
    RecordId([number; 8])
}

impl MemoryTown {
    fn writes(&self, lines: Vec<(RecordId, FieldId, Value)>) {
        let edit = |(record, field, value)| Edit {
            record,
            field,
            change: Change::Put(value),
            saw: Saw::NOTHING,
            happened_at: None,
        };
        let edits = lines.into_iter().map(edit).collect();
        let command = Command::Edit { scope: Scope::Town, edits };
        self.change(|state| state.perform(command)).unwrap();
    }

    /// An operator with a route and its stops, a product, and a card for the first person.
    fn with_tickets(self) -> Self {
        let text = |text: &str| Value::Text(text.to_owned());
        let id = |record: RecordId| Value::Bytes(record.0.to_vec());
        let bus = of_site(self.site(0));
        let stops = [1, 2, 3].map(|number| stop(number).to_string()).join(" ");
        let mut lines = vec![
            (BUSES, field::OPERATOR_NAME, text("=町営バス（訓練データ）")),
            (ROUTE, field::ROUTE_NAME, text("都賀線（訓練データ）")),
            (ROUTE, field::ROUTE_OPERATOR, id(BUSES)),
            (ROUTE, field::ROUTE_STOPS, text(&stops)),
            (ROUTE, field::ROUTE_TIMES, text("07:00 07:10 07:20\n15:00 15:04 15:10")),
            (BOOK, field::PRODUCT_NAME, text("3回券（訓練データ）")),
            (BOOK, field::PRODUCT_TICKETS, Value::Int(3)),
            (BOOK, field::PRODUCT_PRICE, Value::Int(500)),
            (BOOK, field::PRODUCT_VALID_DAYS, Value::Int(90)),
            (bus, field::SITE_OPERATOR, id(BUSES)),
            (bus, field::SITE_SERVES, Value::Int(8)),
        ];
        for number in 1..=3 {
            let name = format!("停留所{number}（訓練データ）");
            lines.push((stop(number), field::STOP_NAME, text(&name)));
        }
        self.writes(lines);
        let person = self.person(0);
        let link = ShelterCommand::LinkToken { token: CARD, person, replace: false };
        self.change(|state| state.perform(Command::Shelter(link))).unwrap();
        self
    }

    /// The card is held to the reader, and the screen is told.
    fn rides(&self, trip: Trip, fare: Option<u32>, tickets: u32) -> Result<(), Refusal> {
        let tap =
            Tickets::TapBoard { token: CARD, assurance: Assurance::Listed, trip, fare, tickets };
        let done = self.change(|state| state.perform(Command::Transport(tap))).map(|_| ());
        let outcome = match done {
            Ok(()) => TapOutcome::Accepted(Did::Rode),
            Err(_) => TapOutcome::Repeated,
        };
        let (name, person) = (ShownName::Unknown, Some(self.person(0)));
        self.change(|state| {
            state.tap = Some(Tap { at: NOW, outcome, name, person, doubtful: false })
        });
        done
    }

    fn account(&self, person: PersonId) -> digiana_core::view::transport::account::Account {
        self.tickets_of(person).unwrap().account
    }
}

impl Story {
    /// A vehicle's gateway with a screen of that kind.
    async fn vehicle(serves: Serves, screen: Screen) -> Self {
        let town = MemoryTown::new(true).with_tickets().serving(serves);
        let mut story = Self::over(town, screen);
        story.log_in().await;
        story
    }

    async fn counter() -> Self {
        let mut story = Self::over(MemoryTown::new(false).with_tickets(), Screen::Headquarters);
        story.log_in().await;
        story
    }

    fn rider(&self) -> String {
        format!("/transport/person/{}", self.town.person(0))
    }
}

#[tokio::test]
async fn the_counter_finds_a_rider_and_issues_a_book_by_one_press_and_takes_it_back() {
    let story = Story::counter().await;
    let found = story.get("/transport?q=%E3%81%8F%E3%82%93").await.body;
    assert!(found.contains("訓練田 一郎") && found.contains(&story.rider()));
    let none = story.get("/transport?q=%E3%81%9E").await.body;
    assert!(none.contains("名簿にいません"));
    let page = story.rider();
    assert!(story.get(&page).await.body.contains("3回券（訓練データ）"));
    let issue = format!("{page}/issue");
    let product = BOOK.to_string();
    story.press(&page, &issue, &[("product", &product)]).await;
    let body = story.get(&page).await.body;
    assert!(body.contains("「3回券（訓練データ）」を発行しました"));
    assert!(body.contains("残り3枚／3枚") && body.contains("2027年2月19日まで"), "{body}");
    let undo = body.split("name=\"undo\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let undo = undo.to_owned();
    story.press(&page, "/desk/undo", &[("undo", &undo)]).await;
    assert!(story.town.account(story.town.person(0)).books.is_empty());
    let other = RecordId([0xee; 8]).to_string();
    story.press(&page, &issue, &[("product", &other)]).await;
    assert!(story.get(&page).await.body.contains("class=\"flash refused\""));
    assert_eq!(story.get("/transport/person/eeeeeeeeeeeeeeee").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_book_is_taken_back_with_a_reason_and_what_was_typed_stays() {
    let story = Story::counter().await;
    let page = story.rider();
    story.press(&page, &format!("{page}/issue"), &[("product", &BOOK.to_string())]).await;
    let book = story.town.account(story.town.person(0)).books[0].book.to_string();
    let void = format!("{page}/void");
    let fields = [("book", book.as_str()), ("tickets", "２"), ("refund", "300"), ("reason", "")];
    story.press(&page, &void, &fields).await;
    let body = story.get(&page).await.body;
    assert!(body.contains("class=\"flash refused\"") && body.contains("value=\"300\""), "{body}");
    for (tickets, said) in [("4", "flash refused"), ("二", "flash refused"), ("2", "残り1枚／3枚")]
    {
        let fields =
            [("book", book.as_str()), ("tickets", tickets), ("refund", "300"), ("reason", "転居")];
        story.press(&page, &void, &fields).await;
        assert!(story.get(&page).await.body.contains(said), "{tickets}");
    }
    let rest = [("book", book.as_str()), ("tickets", ""), ("refund", ""), ("reason", "転居")];
    story.press(&page, &void, &rest).await;
    let body = story.get(&page).await.body;
    assert!(body.contains("払戻し済み") && body.contains("払戻し 3枚・300円（転居）"), "{body}");
}

#[tokio::test]
async fn a_ride_that_no_reader_saw_is_entered_with_its_time_and_taken_out_again() {
    let story = Story::counter().await;
    let (page, vehicle) = (story.rider(), story.town.site(0).to_string());
    let ride = format!("{page}/ride");
    let place = format!("{ROUTE}.{}", stop(2));
    let missing = [("happened_at", ""), ("vehicle", vehicle.as_str()), ("place", &place)];
    story.press(&page, &ride, &missing).await;
    let body = story.get(&page).await.body;
    assert!(
        body.contains("flash refused") && body.contains(&format!("value=\"{place}\" selected"))
    );
    let fields = [
        ("happened_at", "2026-11-20T08:10"),
        ("vehicle", vehicle.as_str()),
        ("place", &place),
        ("tickets", "2"),
    ];
    story.press(&page, &ride, &fields).await;
    let body = story.get(&page).await.body;
    assert!(body.contains("停留所2（訓練データ）から") && body.contains("後追い入力"), "{body}");
    assert!(body.contains("後払い2枚"), "no book pays it");
    assert!(story.get("/transport").await.body.contains("2枚（1回の乗車"));
    story.press(&page, &ride, &fields).await;
    assert_eq!(story.town.account(story.town.person(0)).rides.len(), 1, "it is entered once");
    let entry = story.town.account(story.town.person(0)).rides[0].entry.to_string();
    let correct = format!("{page}/correct");
    story.press(&page, &correct, &[("entry", &entry), ("reason", "別の人の乗車")]).await;
    assert!(story.town.account(story.town.person(0)).rides.is_empty());
    assert!(story.get("/transport").await.body.contains("後払いの人はいません"));
}

#[tokio::test]
async fn a_month_is_a_table_and_a_file_in_which_no_cell_is_a_formula() {
    let story = Story::vehicle(Serves::Bus, Screen::Shelter).await;
    let trip = Trip { route: Some(ROUTE), run: None, stop: Some(1) };
    story.town.rides(trip, None, 1).unwrap();
    let month = Month::of(Day::of(NOW)).unwrap();
    assert_eq!(story.town.rides_of_month(month).total.rides, 1);
    let page = story.get("/transport/month/2026-11").await.body;
    for said in ["2026年11月の乗車", "都賀線（訓練データ）", "停留所2（訓練データ）", "うち後払い"]
    {
        assert!(page.contains(said), "{said}");
    }
    let file = story.get("/transport/month/2026-11.csv").await;
    assert!(file.header(header::CONTENT_TYPE).starts_with("text/csv"));
    assert!(file.header(header::CONTENT_DISPOSITION).contains("rides-2026-11.csv"));
    let expected = "\u{feff}年月,交通事業者,路線,乗車,降車,乗車回数,回数券（枚）,うち後払い（枚）,運賃（円）\r\n2026-11,'=町営バス（訓練データ）,都賀線（訓練データ）,停留所2（訓練データ）,,1,1,1,0\r\n";
    assert_eq!(file.body, expected);
    assert!(story.get("/transport/month/2026-12").await.body.contains("この月の乗車はありません"));
    for wrong in ["2026-13", "x", "2026-13.csv"] {
        let answer = story.get(&format!("/transport/month/{wrong}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test]
async fn a_driver_goes_from_stop_to_stop_and_nobody_is_held_up() {
    let story = Story::vehicle(Serves::Bus, Screen::Shelter).await;
    assert_eq!(story.get("/").await.header(header::LOCATION), "/bus");
    let trip = || {
        let Purpose::Board { trip, .. } = story.town.purpose() else { panic!("no vehicle") };
        trip
    };
    let press = async |fields: &[(&str, &str)]| {
        story.press("/bus", "/bus", fields).await;
        story.get("/bus").await.body
    };
    assert!(story.get("/bus").await.body.contains("路線を選ぶ"));
    let route = ROUTE.to_string();
    // It is 15:04: the second run is on its way, at its second stop.
    let page = press(&[("route", &route)]).await;
    assert_eq!(trip(), Trip { route: Some(ROUTE), run: Some(1), stop: None });
    assert!(page.contains("<p class=\"stop\">停留所2（訓練データ）</p>"), "{page}");
    assert!(page.contains("時刻表から") && page.contains("次へ：停留所3（訓練データ）"));
    let page = press(&[("of", &route), ("stop", "2")]).await;
    assert!(
        page.contains("<p class=\"stop\">停留所3（訓練データ）</p>") && !page.contains("次へ：")
    );
    // A second press of the same key changes nothing.
    assert_eq!(trip().stop, Some(2));
    press(&[("of", &route), ("stop", "2")]).await;
    assert_eq!(trip().stop, Some(2));
    press(&[("of", "eeeeeeeeeeeeeeee"), ("stop", "0")]).await;
    assert_eq!(trip().stop, Some(2), "an old page of another route moves nothing");
    assert!(press(&[("of", &route), ("stop", "")]).await.contains("時刻表から"));
    press(&[("of", &route), ("run", "0")]).await;
    assert_eq!(trip(), Trip { route: Some(ROUTE), run: Some(0), stop: None });
    let page = press(&[("route", "")]).await;
    assert!(page.contains("路線を選ぶ") && trip() == Trip::default());
    story.town.rides(trip(), None, 1).unwrap();
    let page = story.get("/bus").await.body;
    assert!(page.contains("後払い") && !page.contains("訓練田"), "never a name");
}

#[tokio::test]
async fn a_taxi_says_fare_and_tickets_before_the_tap() {
    let story = Story::vehicle(Serves::Taxi, Screen::Shelter).await;
    story.press("/bus", "/bus", &[("fare", "1,200"), ("tickets", "２")]).await;
    let meant = Purpose::Board { trip: Trip::default(), fare: Some(1200), tickets: 2 };
    assert_eq!(story.town.purpose(), meant);
    assert!(story.get("/bus").await.body.contains("運賃1200円　回数券2枚"));
    story.press("/bus", "/bus", &[("fare", "千円"), ("tickets", "2")]).await;
    let page = story.get("/bus").await.body;
    assert!(page.contains("flash refused") && page.contains("value=\"千円\""), "{page}");
    assert_eq!(story.town.purpose(), meant, "what was refused changes nothing");
}

#[tokio::test]
async fn the_screen_in_a_bus_shows_what_is_left_and_no_name() {
    let story = Story::vehicle(Serves::Bus, Screen::Kiosk).await;
    assert_eq!(story.get("/").await.header(header::LOCATION), "/kiosk");
    assert_eq!(story.get("/bus").await.status, StatusCode::FORBIDDEN);
    let issue = Tickets::Issue {
        book: digiana_core::id::BookId([5; 8]),
        person: story.town.person(0),
        product: BOOK,
        happened_at: None,
    };
    story.town.change(|state| state.perform(Command::Transport(issue))).unwrap();
    story.town.rides(Trip::default(), None, 2).unwrap();
    let page = story.get("/kiosk").await.body;
    assert!(
        page.contains("<p class=\"figure\">残り1回</p>") && page.contains("15:04現在"),
        "{page}"
    );
    assert!(!page.contains("訓練田") && !page.contains("一郎"));
    assert_eq!(story.town.rides(Trip::default(), None, 2), Err(Refusal::SameRide));
    story.town.set_purpose(Purpose::Board { trip: Trip::default(), fare: None, tickets: 4 });
    story.town.change(|state| state.tap = None);
    assert!(story.get("/kiosk").await.body.contains("回数券4枚"));
}

#[tokio::test]
async fn what_no_book_pays_is_paid_later_and_says_how_old_it_is() {
    let story = Story::vehicle(Serves::Bus, Screen::Kiosk).await;
    story.town.change(|state| state.cut_off(NOW - 3600));
    story.town.rides(Trip::default(), None, 1).unwrap();
    let page = story.get("/kiosk").await.body;
    assert!(page.contains("<p class=\"figure\">後払い</p>"), "{page}");
    assert!(page.contains("14:04現在（そのあと本部と連絡がとれていません）"), "{page}");
}

#[tokio::test]
async fn a_gateway_without_a_register_shows_the_end_of_an_id() {
    let mut story =
        Story::over(MemoryTown::new(true).with_tickets().without_register(), Screen::Shelter);
    story.log_in().await;
    story.town.rides(Trip::default(), None, 1).unwrap();
    let end: String = story.town.person(0).to_string().chars().skip(12).collect();
    for page in ["/transport", &story.rider()] {
        let page = story.get(page).await.body;
        assert!(page.contains(&format!("利用者 …{end}")), "{page}");
        assert!(!page.contains("訓練田") && !page.contains("くんれんだ"));
    }
    assert!(story.get("/transport").await.body.contains("この端末には名簿がない"));
    assert_eq!(story.get("/bus").await.status, StatusCode::OK);
}

#[tokio::test]
async fn only_a_counter_deals_in_books_and_a_vehicle_in_its_own_rides() {
    for serves in [Serves::Bus, Serves::Shop, Serves::School, Serves::Facility] {
        let story = Story::vehicle(serves, Screen::Shelter).await;
        let (page, product) = (story.rider(), BOOK.to_string());
        let body = story.get(&page).await.body;
        assert!(!body.contains("/issue\"") && !body.contains("/void\""), "{serves:?}");
        let issued = story.press(&page, &format!("{page}/issue"), &[("product", &product)]).await;
        assert_eq!(issued.status, StatusCode::FORBIDDEN, "{serves:?}");
        let of_another = [
            ("happened_at", "2026-11-20T08:10"),
            ("vehicle", "ffffffffffffffff"),
            ("tickets", "1"),
        ];
        let ride = story.press(&page, &format!("{page}/ride"), &of_another).await;
        assert_eq!(ride.status, StatusCode::FORBIDDEN, "{serves:?}");
        assert!(story.town.account(story.town.person(0)).rides.is_empty());
    }
}

#[tokio::test]
async fn nobody_is_paid_back_more_than_was_paid() {
    let story = Story::counter().await;
    let (page, product) = (story.rider(), BOOK.to_string());
    story.press(&page, &format!("{page}/issue"), &[("product", &product)]).await;
    let book = story.town.account(story.town.person(0)).books[0].book.to_string();
    let fields = [("book", book.as_str()), ("tickets", "1"), ("refund", "501"), ("reason", "転出")];
    story.press(&page, &format!("{page}/void"), &fields).await;
    assert!(story.get(&page).await.body.contains("flash refused"));
    assert_eq!(story.town.account(story.town.person(0)).books[0].voided, None);
}

#[tokio::test]
async fn a_shelters_reader_is_no_vehicle() {
    let story = Story::logged_in(Screen::Shelter).await;
    assert_eq!(story.get("/bus").await.status, StatusCode::NOT_FOUND);
}
