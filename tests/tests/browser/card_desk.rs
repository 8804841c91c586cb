//! The desk for cards: somebody's My Number card lies on the reader, is opened with what is printed
//! on it, and proves itself from then on; a copy of it does not.

use std::time::Duration;

use digiana_sim::card::kind::{Kind, Quirks};
use digiana_sim::card::{Card, InsertedCard, ReaderAddr};
use digiana_tests::gateways::{Gateway, Gateways, SEED};
use digiana_tests::processes::until;

use crate::clerk::Clerk;

/// The reader of a gateway, for cards that lie there while its staff look at the screen.
struct Reader {
    slot: ReaderAddr,
    runtime: tokio::runtime::Runtime,
}

impl Reader {
    fn of(gateway: &Gateway) -> Self {
        let slot = ReaderAddr::new(gateway.process.reader).unwrap();
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
        Self { slot, runtime }
    }

    fn lays_down(&self, card: Card) -> InsertedCard {
        self.runtime.block_on(card.put_into(self.slot)).unwrap()
    }

    fn takes_up(&self, card: InsertedCard) {
        self.runtime.block_on(card.remove());
        // The slot sees it go.
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_card_is_enrolled_at_the_desk_and_proves_itself_at_the_shelter() {
    let town = Gateways::started(&["E3244800001"], 20);
    let person = town.people.iter().rev().find(|person| !person.suppressed).unwrap();
    let card = |kind| Card::of_person(SEED, person.number, kind, Quirks::default());
    let hall = Clerk::at(town.headquarters());
    let reader = Reader::of(town.headquarters());
    let page = town.headquarters().page("/cards");

    hall.opens(&page);
    hall.sees("カードが置かれていません");
    let lies = reader.lays_down(card(Kind::Normal));
    hall.presses("もう一度読む");
    hall.sees("マイナンバーカード　登録がありません");
    hall.sees("残り 10 回");
    // What was mistyped costs nothing.
    hall.types("照合番号B", "4004");
    hall.presses_beside("カードを開く", "照合番号B");
    hall.sees("カードの回数は減っていません");
    let code = card(Kind::Normal).secrets().unwrap().code_b.clone();
    hall.types("照合番号B", &code);
    hall.presses_beside("カードを開く", "照合番号B");
    hall.sees("カードを開きました");
    hall.sees_no(&code);
    hall.presses_beside("この人に登録する", &person.name());
    hall.sees("に登録しました。タッチで本物の確認ができます。");
    hall.sees("取り消す");
    assert_eq!(lies.conversation().number_asked, 0);
    reader.takes_up(lies);
    town.until_of_one_mind();

    // At the shelter the card is what it says; a copy of it is told from it.
    let desk = Clerk::at(town.desk(1));
    desk.opens(&town.desk(1).page("/desk"));
    desk.presses("避難所を開設する");
    let shelter = Reader::of(town.desk(1));
    let copied = shelter.lays_down(card(Kind::Cloned));
    let kiosk = Clerk::at(town.desk(1));
    kiosk.opens(&town.desk(1).page("/kiosk"));
    kiosk.sees("本物と確認できないカードです");
    shelter.takes_up(copied);
    let held = shelter.lays_down(card(Kind::Normal));
    until("the shelter counts one", || town.desk(1).process.present() == (1, 1));
    shelter.takes_up(held);
    // A copy that will not sign comes after its holder: whoever stands there is looked at.
    let silent = shelter.lays_down(card(Kind::ClonedRefusing));
    kiosk.sees("カードの確認ができませんでした");
    shelter.takes_up(silent);
    desk.opens(&town.desk(1).page("/desk"));
    desk.sees("カード確認済");
}
