//! The words of the drill's page in both languages. A word that one language lacks does not compile.

use super::super::cast::Post;
use super::super::ledger::Shown;
use super::super::pace::Speed;
use super::super::town::LinkState;

/// A language of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Lang {
    /// 日本語
    #[default]
    Japanese,
    /// English
    English,
}

impl Lang {
    /// The one that a tag begins with: `ja`, `en-GB`.
    pub(super) fn from_tag(tag: &str) -> Option<Self> {
        match tag.trim().get(..2)? {
            "ja" => Some(Self::Japanese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// Its tag.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::Japanese => "ja",
            Self::English => "en",
        }
    }

    /// The other one, and what it calls itself.
    pub(super) fn other(self) -> (Self, &'static str) {
        match self {
            Self::Japanese => (Self::English, "English"),
            Self::English => (Self::Japanese, "日本語"),
        }
    }

    /// The words of the page.
    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::Japanese => &JAPANESE,
            Self::English => &ENGLISH,
        }
    }

    /// What a post is called in short.
    pub(super) fn post(self, post: Post) -> &'static str {
        let [japanese, english] = match post {
            Post::Headquarters => ["災害対策本部", "HQ"],
            Post::FirstShelter => ["避難所1", "Shelter 1"],
            Post::SecondShelter => ["避難所2", "Shelter 2"],
            Post::ThirdShelter => ["避難所3", "Shelter 3"],
            Post::School => ["学校", "School"],
            Post::Bus => ["町営バス", "Bus"],
            Post::Facility => ["公共施設", "Facility"],
            Post::Shop => ["商店", "Shop"],
        };
        self.choose(japanese, english)
    }

    /// How a link is.
    pub(super) fn state(self, state: LinkState) -> &'static str {
        match state {
            LinkState::Up => self.choose("つながっています", "linked"),
            LinkState::Cut => self.choose("切れています", "cut"),
            LinkState::Waiting => self.choose("つながるのを待っています", "waiting to meet"),
        }
    }

    /// A speed, and about how many taps a minute it means.
    pub(super) fn speed(self, speed: Speed) -> [&'static str; 2] {
        match speed {
            Speed::Stop => [self.choose("止める", "Stop"), self.choose("0回/分", "0 a minute")],
            Speed::Slow => {
                [self.choose("ゆっくり", "Slow"), self.choose("約20回/分", "about 20 a minute")]
            }
            Speed::Normal => {
                [self.choose("ふつう", "Normal"), self.choose("約80回/分", "about 80 a minute")]
            }
            Speed::Fast => {
                [self.choose("速く", "Fast"), self.choose("約320回/分", "about 320 a minute")]
            }
        }
    }

    /// What a reader showed, as a sentence.
    pub(super) fn shown(self, shown: &Shown) -> String {
        match shown {
            Shown::Accepted(word) => self.deed(word).to_owned(),
            Shown::Nothing => {
                self.choose("リーダーが応答しません", "the reader did not answer").to_owned()
            }
            Shown::Refused(word) => match self.refusal(word) {
                Some(why) => why.to_owned(),
                // A word that is new since this page was made still says more than silence.
                None => format!("{}: {word}", self.choose("受付できません", "refused")),
            },
        }
    }

    fn deed(self, word: &str) -> &'static str {
        let [japanese, english] = match word {
            "visit" => ["来館しました", "visited"],
            "ride" => ["乗車しました", "on board"],
            "spend" => ["ポイントで支払いました", "paid with points"],
            "arrived" => ["登校しました", "came to school"],
            "left" => ["下校しました", "left school"],
            _ => ["受付しました", "checked in"],
        };
        self.choose(japanese, english)
    }

    fn refusal(self, word: &str) -> Option<&'static str> {
        let [japanese, english] = match word {
            "AlreadyHere" => ["受付済みです", "checked in already"],
            "UnknownToken" => ["登録のないカードです", "this card is not registered"],
            "TokenSuspended" => ["利用停止中のカードです", "this card is suspended"],
            "TokenEnded" => ["使われなくなったカードです", "this card is no longer in use"],
            "TokenConflict" => ["2人に登録されたカードです", "this card was given to two people"],
            "UnknownPerson" => ["該当する人が見つかりません", "no such person is known here"],
            "NoOpenIncident" => ["災害の登録がありません", "no incident is open"],
            "NoSite" => ["避難所が選ばれていません", "no shelter was chosen"],
            "SiteNotOpen" => ["この避難所は開設されていません", "this shelter is not open"],
            "NoAmount" => ["金額が入力されていません", "no amount was typed"],
            "TooFewPoints" => ["ポイントが足りません", "not enough points"],
            "AlreadyVisited" => ["今日の分は記録済みです", "counted already today"],
            "SameRide" => ["乗車は記録済みです", "on board already"],
            "NotAPupil" => ["この学校の名簿にありません", "not on this school's list"],
            "AlreadyNoted" => ["記録済みです", "noted already"],
            "NotPermitted" => ["この端末ではできません", "this device may not do that"],
            "Busy" => ["混み合っています", "busy: try again"],
            "StoreFull" => ["この端末は容量不足です", "this device's disk is full"],
            "NotDurable" => ["この端末は記録できません", "this device cannot record"],
            "card-unread" => ["カードを読み取れませんでした", "the card could not be read"],
            _ => return None,
        };
        Some(self.choose(japanese, english))
    }

    fn choose(self, japanese: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Japanese => japanese,
            Self::English => english,
        }
    }
}

/// Sentences without anything to fill in, unless they show `{n}` or a word like it.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) skip: &'static str,
    pub(super) drill: &'static str,
    pub(super) banner: &'static str,
    pub(super) title: &'static str,
    pub(super) town: &'static str,
    pub(super) ended: &'static str,
    pub(super) taps: &'static str,
    pub(super) refused: &'static str,
    pub(super) present: &'static str,
    pub(super) people: &'static str,
    pub(super) two_places: &'static str,
    pub(super) links_down: &'static str,
    pub(super) reload: &'static str,
    pub(super) guide: &'static str,
    pub(super) steps: [[&'static str; 2]; 5],
    pub(super) links: &'static str,
    pub(super) links_note: &'static str,
    pub(super) cut: &'static str,
    pub(super) heal: &'static str,
    pub(super) between: &'static str,
    pub(super) by_itself: &'static str,
    pub(super) by_hand: &'static str,
    pub(super) take: &'static str,
    pub(super) give_back: &'static str,
    pub(super) heal_all: &'static str,
    pub(super) devices: &'static str,
    pub(super) devices_note: &'static str,
    pub(super) open: &'static str,
    pub(super) open_named: &'static str,
    pub(super) residents: &'static str,
    pub(super) links_up: &'static str,
    pub(super) cut_off: &'static str,
    pub(super) cut_device: &'static str,
    pub(super) heal_device: &'static str,
    pub(super) speed: &'static str,
    pub(super) speed_note: &'static str,
    pub(super) tap: &'static str,
    pub(super) tap_note: &'static str,
    pub(super) reader: &'static str,
    pub(super) search: &'static str,
    pub(super) search_go: &'static str,
    pub(super) search_all: &'static str,
    pub(super) found: &'static str,
    pub(super) found_none: &'static str,
    pub(super) more: &'static str,
    pub(super) household: &'static str,
    pub(super) age: &'static str,
    pub(super) latest: &'static str,
    pub(super) latest_none: &'static str,
    pub(super) pressed: &'static str,
    pub(super) stranger: &'static str,
    pub(super) ago: &'static str,
    pub(super) accepted_word: &'static str,
    pub(super) refused_word: &'static str,
    pub(super) trouble: &'static str,
    pub(super) trouble_busy: &'static str,
    pub(super) trouble_wish: &'static str,
    pub(super) back: &'static str,
}

const JAPANESE: Words = Words {
    skip: "本文へ",
    drill: "訓練",
    banner: "これは訓練です。実際の災害ではありません。人はすべて架空です（訓練データ）。",
    title: "訓練の操作",
    town: "美郷町（訓練）",
    ended: "訓練が終わったか、応答がありません。表示は最後に届いたものです。",
    taps: "受付したタッチ",
    refused: "受付しなかった",
    present: "避難者（本部の表示）",
    people: "{n}人",
    two_places: "二か所で受付",
    links_down: "切れている線",
    reload: "最新の状態にする",
    guide: "最初の5分",
    steps: [
        [
            "本部の画面を開く",
            "下の「端末」の災害対策本部で「画面を開く」を押します。新しいタブに本部のボードが出ます。",
        ],
        [
            "誰かをタッチする",
            "「カードをタッチする」で避難所1を選び、名前を押します。本部の人数がすぐに増えます。",
        ],
        [
            "避難所1を切り離す",
            "「端末」の避難所1で「切り離す」を押します。受付は止まりませんが、本部には届きません。すでに切れていれば次へ。",
        ],
        [
            "別の人を二か所でタッチする",
            "避難所1で別の人をタッチし、その人を避難所2でもタッチします。お互いを知らないので、どちらも受け付けます。",
        ],
        [
            "つなぎ直して、決める",
            "避難所1で「つなぎ直す」を押します。本部に「二か所で受付」が出るので、どちらにいるかを決めます。",
        ],
    ],
    links: "つながり",
    links_note: "線の上のボタンで、その線を切ったり（×）つないだり（＋）できます。",
    cut: "切る",
    heal: "つなぐ",
    between: "{a}と{b}の間：{state}。{act}",
    by_itself: "線は訓練が自動で切り、つなぎます（「ふつう」で2分に一巡、「止める」で止まる）。線に触れると手動に変わります。",
    by_hand: "線は手動です。切った線は、つなぐまで切れたままです。",
    take: "切断を手動にする",
    give_back: "切断を自動に戻す",
    heal_all: "すべてつなぐ",
    devices: "端末",
    devices_note: "「画面を開く」は新しいタブで開きます。ログイン用のリンクは一度しか使えないため、押すたびに新しく作ります。",
    open: "画面を開く",
    open_named: "画面を開く：{a}（新しいタブ）",
    residents: "住民のページ",
    links_up: "線 {n}/{m}",
    cut_off: "切り離し中",
    cut_device: "切り離す",
    heal_device: "つなぎ直す",
    speed: "自動のタッチ",
    speed_note: "手でタッチするときは「止める」か「ゆっくり」が見やすくなります。",
    tap: "カードをタッチする",
    tap_note: "名前を押すと、その人のカードを選んだ場所のリーダーにかざします。商店では10ポイントを入力してから、かざします。",
    reader: "リーダー",
    search: "氏名・カナ・番号・住所",
    search_go: "探す",
    search_all: "全員を表示",
    found: "{n}世帯 {m}人",
    found_none: "見つかりません。",
    more: "次の世帯",
    household: "世帯 {n}",
    age: "{n}歳",
    latest: "最近のタッチ",
    latest_none: "まだありません。",
    pressed: "手動",
    stranger: "登録のないカード",
    ago: "{n}秒前",
    accepted_word: "受付",
    refused_word: "不可",
    trouble: "できませんでした",
    trouble_busy: "前の操作がまだ終わっていません。少し待ってから、もう一度押してください。",
    trouble_wish: "送られた内容を読み取れません。ページを読み直して、もう一度押してください。",
    back: "訓練の操作に戻る",
};

const ENGLISH: Words = Words {
    skip: "Skip to content",
    drill: "DRILL",
    banner: "This is a drill, not a real disaster. Nobody in it is real (訓練データ, drill data).",
    title: "Drill controls",
    town: "Misato (drill)",
    ended: "The drill has ended or does not answer. What you see is the last that came.",
    taps: "Taps accepted",
    refused: "refused",
    present: "Evacuees, as HQ shows",
    people: "{n}",
    two_places: "At two places",
    links_down: "Links down",
    reload: "Show the latest",
    guide: "The first 5 minutes",
    steps: [
        [
            "Open HQ's board",
            "Under Devices, press “Open screen” at HQ. The board opens in a new tab.",
        ],
        [
            "Tap somebody's card",
            "Under “Tap a card”, choose Shelter 1 and press a name. HQ counts one more at once.",
        ],
        [
            "Cut off Shelter 1",
            "Under Devices, press “Cut off” at Shelter 1. It goes on taking people in; HQ does not hear of it. If it is cut off already, go on.",
        ],
        [
            "Tap one person at two places",
            "Tap somebody else at Shelter 1, and the same person at Shelter 2. Neither knows of the other, so both accept.",
        ],
        [
            "Heal and decide",
            "Press “Reconnect” at Shelter 1. HQ shows the person at two places: decide which is right.",
        ],
    ],
    links: "Links",
    links_note: "The button on a line cuts it (×) or joins it (＋).",
    cut: "Cut",
    heal: "Join",
    between: "{a} – {b}: {state}. {act}",
    by_itself: "The drill cuts and joins links by itself, a round every 2 minutes at Normal, none at Stop. Touch one and they are yours.",
    by_hand: "The links are yours. What you cut stays cut until you join it.",
    take: "Take the links",
    give_back: "Let the drill do it",
    heal_all: "Join all",
    devices: "Devices",
    devices_note: "“Open screen” opens a new tab. A login link works once, so each press makes a new one.",
    open: "Open screen",
    open_named: "Open screen: {a} (new tab)",
    residents: "Residents' page",
    links_up: "links {n}/{m}",
    cut_off: "cut off",
    cut_device: "Cut off",
    heal_device: "Reconnect",
    speed: "Automatic taps",
    speed_note: "“Stop” or “Slow” makes it easier to follow your own taps.",
    tap: "Tap a card",
    tap_note: "Press a name to hold that person's card to the reader you chose. At the shop 10 points are typed first.",
    reader: "Reader",
    search: "Name, kana, number, address",
    search_go: "Search",
    search_all: "Show everyone",
    found: "{n} households, {m} people",
    found_none: "Nobody found.",
    more: "More households",
    household: "Household {n}",
    age: "age {n}",
    latest: "Latest taps",
    latest_none: "None yet.",
    pressed: "by hand",
    stranger: "an unregistered card",
    ago: "{n} s ago",
    accepted_word: "in",
    refused_word: "no",
    trouble: "That did not work",
    trouble_busy: "The press before it is still being done. Wait a moment and press again.",
    trouble_wish: "What was sent cannot be read. Load the page again and press again.",
    back: "Back to the drill controls",
};
