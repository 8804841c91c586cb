//! The page before devices that are made up: what is pressed becomes a wish, and what is shown
//! follows what the devices did.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(clippy::disallowed_methods, reason = "a tap happens at a time")]

use std::time::Instant;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use tower::ServiceExt as _;

use super::super::cast::{LINKS, Link, links_of};
use super::super::ledger::{Latest, Shown};
use super::super::pace::Speed;
use super::super::town::LinkState;
use super::*;
use crate::population::People;

const PEOPLE: u32 = 200;

/// The page with devices behind it that do as they are told at once.
struct Stand {
    page: Page,
    host: String,
}

struct Answer {
    status: StatusCode,
    to: String,
    body: String,
}

impl Stand {
    fn new() -> Self {
        let (wishes, asked) = mpsc::channel(4);
        let stand = Self::before(wishes);
        let all_up = LINKS.into_iter().map(|link| (link, LinkState::Up)).collect();
        stand.page.look.with(|look| look.links = all_up);
        tokio::spawn(devices(asked, stand.page.look.clone()));
        stand
    }

    /// With nobody who does what is wished.
    fn before(wishes: mpsc::Sender<Asked>) -> Self {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let people = People::generate(1, PEOPLE);
        let page = Page::at(&door, &people, wishes, Latch::new()).unwrap();
        let host = door.local_addr().unwrap().to_string();
        Self { page, host }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.page.clone().router().oneshot(request).await.unwrap();
        let status = response.status();
        let policy = response.headers().get(header::CONTENT_SECURITY_POLICY).unwrap();
        assert!(policy.to_str().unwrap().starts_with("default-src 'none'"));
        let to = response.headers().get(header::LOCATION);
        let to = to.map_or("", |value| value.to_str().unwrap()).to_owned();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Answer { status, to, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    async fn get(&self, path: &str) -> Answer {
        let address = format!("{}{path}", self.page.base);
        let request = Request::get(address).header("host", &self.host);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn press_from(&self, origin: Option<&str>, path: &str, form: &str) -> Answer {
        let mut request = Request::post(format!("{}{path}", self.page.base))
            .header("host", &self.host)
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    async fn press(&self, path: &str, form: &str) -> Answer {
        self.press_from(Some(&format!("http://{}", self.host)), path, form).await
    }

    /// Presses, and looks at the page that the browser is led back to.
    async fn press_and_see(&self, path: &str, form: &str) -> String {
        let answer = self.press(path, form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path} {form}: {}", answer.body);
        let (address, _) = answer.to.split_once('#').unwrap();
        self.get(address.strip_prefix(&self.page.base).unwrap()).await.body
    }

    fn links(&self, post: Post) -> Vec<LinkState> {
        let look = self.page.look.latest();
        links_of(&[post]).iter().map(|link| look.links[link]).collect()
    }
}

async fn devices(mut asked: mpsc::Receiver<Asked>, look: Latch) {
    let set = |links: &[Link], state: LinkState| {
        look.with(|look| look.links.extend(links.iter().map(|link| (*link, state))));
    };
    let mut links_made = 0;
    while let Some(Asked { wish, answer }) = asked.recv().await {
        let mut done = Ok(Done::So);
        match wish {
            Wish::Tap(Post::School, _) => {
                done = Err(DrillFault::Machine("the school's reader is gone".to_owned()));
            }
            Wish::Tap(post, person) => look.with(|look| {
                let before = look.taps.iter().any(|tap| tap.person == person && tap.post == post);
                let shown = if before {
                    Shown::Refused("AlreadyHere".to_owned())
                } else if post == Post::Shop {
                    Shown::Accepted("spend".to_owned())
                } else {
                    Shown::Accepted("check-in".to_owned())
                };
                look.taps
                    .insert(0, Latest { post, person, shown, at: Instant::now(), by_hand: true });
            }),
            Wish::Cut(links) => set(&links, LinkState::Cut),
            Wish::Heal(links) => set(&links, LinkState::Up),
            Wish::Speed(speed) => look.with(|look| look.speed = speed),
            Wish::CutByItself(whether) => look.with(|look| look.cuts_by_itself = whether),
            Wish::LoginLink(post) => {
                links_made += 1;
                let link = format!("http://127.0.0.1:9/login/once/{}-{links_made}", post.folder());
                done = Ok(Done::Link(link));
            }
        }
        let _ = answer.send(done);
    }
}

#[tokio::test]
async fn the_page_says_in_both_languages_that_it_is_a_drill_and_where_to_begin() {
    let stand = Stand::new();
    let page = stand.get("/?lang=ja").await;
    assert_eq!(page.status, StatusCode::OK);
    for said in ["これは訓練です", "最初の5分", "訓練データ", "lang=\"ja\"", "避難所1を切り離す"]
    {
        assert!(page.body.contains(said), "{said}");
    }
    let page = stand.get("/?lang=en").await.body;
    for said in ["This is a drill", "The first 5 minutes", "lang=\"en\"", "Cut off Shelter 1"] {
        assert!(page.contains(said), "{said}");
    }
    for said in ["{n}", "{m}", "{a}", "{state}"] {
        assert!(!page.contains(said), "{said} was not filled in");
    }
    assert!(stand.get("/").await.body.contains("lang=\"ja\""), "unless the browser asks");
}

#[tokio::test]
async fn nobody_comes_in_without_the_word_or_under_another_name() {
    let stand = Stand::new();
    let send = |path: String, host: &str| {
        stand.send(Request::get(path).header("host", host).body(Body::empty()).unwrap())
    };
    let base = &stand.page.base;
    assert_eq!(base.len(), 33, "a slash and 128 bits");
    assert_ne!(*base, Stand::new().page.base);
    assert_eq!(send(format!("{base}/"), &stand.host).await.status, StatusCode::OK);
    for path in ["/", "/0123/", "/drill.css", "/tap"] {
        assert_eq!(
            send(path.to_owned(), &stand.host).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    for host in ["misato.example", "127.0.0.1:1", "localhost"] {
        assert_eq!(send(format!("{base}/"), host).await.status, StatusCode::FORBIDDEN, "{host}");
    }
}

#[tokio::test]
async fn a_press_from_another_page_does_nothing() {
    let stand = Stand::new();
    let port = stand.host.strip_prefix("127.0.0.1").unwrap();
    let elsewhere = [
        None,
        Some("null".to_owned()),
        Some("http://127.0.0.1:1".to_owned()),
        Some(format!("http://localhost{port}")),
    ];
    let presses = [
        ("/tap", "person=1"),
        ("/links", "cut=hq"),
        ("/speed", "speed=fast"),
        ("/by-itself", "by_itself=no"),
        ("/open", "post=hq"),
    ];
    for origin in &elsewhere {
        for (path, form) in presses {
            let answer = stand.press_from(origin.as_deref(), path, form).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin:?} {path}");
        }
    }
    let look = stand.page.look.latest();
    assert!(look.taps.is_empty() && look.links_down() == 0 && look.speed == Speed::Normal);
}

#[tokio::test]
async fn a_press_on_a_name_taps_that_card_at_the_chosen_reader_and_says_what_came_of_it() {
    let stand = Stand::new();
    let person = stand.page.register.person(7).unwrap().name();
    let page = stand.press_and_see("/tap", "person=7&reader=shelter-2&q=7&lang=ja").await;
    let tap = stand.page.look.latest().taps[0].clone();
    assert_eq!((tap.post, tap.person), (Post::SecondShelter, 7));
    let said = page.split("id=\"said\"").nth(1).unwrap().split("</div>").next().unwrap();
    assert!(
        said.contains(&person) && said.contains("避難所2") && said.contains("受付しました"),
        "{said}"
    );
    assert!(
        page.contains("value=\"shelter-2\" selected") && page.contains("value=\"7\" maxlength")
    );
    let page = stand.press_and_see("/tap", "person=7&reader=shelter-2&lang=en").await;
    assert!(page.contains("checked in already"), "the second time");
    let page = stand.press_and_see("/tap", "person=8&reader=shop&lang=en").await;
    assert!(page.contains("paid with points"), "{page}");
}

#[tokio::test]
async fn a_cut_shelter_is_shown_as_cut_off_until_it_is_healed() {
    let stand = Stand::new();
    let page = stand.press_and_see("/links", "cut=shelter-1").await;
    assert_eq!(stand.links(Post::FirstShelter), [LinkState::Cut; 4]);
    assert_eq!(stand.page.look.latest().links_down(), 4);
    assert!(page.contains("切り離し中") && page.contains("name=\"heal\" value=\"shelter-1\""));
    let page = stand.press_and_see("/links", "heal=shelter-1").await;
    assert!(!page.contains("切り離し中"));

    let page = stand.press_and_see("/links", "cut=school_bus").await;
    assert_eq!(stand.page.look.latest().links_down(), 1);
    assert!(page.contains("学校と町営バスの間：切れています。つなぐ"));
    assert!(page.contains("name=\"heal\" value=\"school_bus\""));
    stand.press_and_see("/links", "heal=all").await;
    assert_eq!(stand.page.look.latest().links_down(), 0);
}

#[tokio::test]
async fn speed_and_who_cuts_are_chosen_and_shown() {
    let stand = Stand::new();
    for speed in Speed::ALL {
        let page = stand.press_and_see("/speed", &format!("speed={}", speed.word())).await;
        assert_eq!(stand.page.look.latest().speed, speed);
        let on = format!("value=\"{}\" aria-pressed=\"true\"", speed.word());
        assert!(page.contains(&on), "{on}");
        assert_eq!(page.matches("aria-pressed=\"true\"").count(), 1);
    }
    let page = stand.press_and_see("/by-itself", "by_itself=no").await;
    assert!(page.contains("線は手動です") && page.contains("name=\"by_itself\" value=\"yes\""));
}

#[tokio::test]
async fn a_screen_opens_by_a_link_of_its_own_each_time() {
    let stand = Stand::new();
    let page = stand.get("/?lang=ja").await.body;
    assert!(page.contains("一度しか使えない"));
    assert_eq!(page.matches("target=\"_blank\"").count(), 8, "each has a screen");
    for n in 1..3 {
        let answer = stand.press("/open", "post=shelter-3").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.to, format!("http://127.0.0.1:9/login/once/shelter-3-{n}"));
    }
    assert!(stand.press("/open", "post=bus").await.to.ends_with("/login/once/bus-3"));
}

#[tokio::test]
async fn what_cannot_be_read_is_told_with_the_next_step_and_does_nothing() {
    let stand = Stand::new();
    for (path, form) in [
        ("/tap", "person=0"),
        ("/tap", "person=201"),
        ("/tap", "person=everybody"),
        ("/links", ""),
        ("/links", "cut=hq&heal=hq"),
        ("/links", "cut=hq_shop"),
        ("/speed", "speed=warp"),
        ("/by-itself", "by_itself=maybe"),
        ("/open", "post=the-moon"),
    ] {
        let answer = stand.press(path, form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {form}");
        assert!(answer.body.contains("ページを読み直して"), "{path} {form}");
    }
    let long = format!("q={}", "x".repeat(2 * FORM_BYTES_MAX));
    assert_eq!(stand.press("/tap", &long).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(stand.page.look.latest().taps.is_empty());
}

#[tokio::test]
async fn a_wish_that_fails_is_told_on_the_page_and_the_page_goes_on() {
    let stand = Stand::new();
    let answer = stand.press("/tap", "person=1&reader=school").await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert!(answer.body.contains("できませんでした"));
    assert!(answer.body.contains("the school&#39;s reader is gone"), "{}", answer.body);
    assert_eq!(stand.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn wishes_that_nobody_does_are_refused_and_not_heaped_up() {
    let (wishes, _asked) = mpsc::channel(1);
    let stand = Stand::before(wishes);
    let mut waiting = Box::pin(stand.press("/speed", "speed=slow"));
    tokio::select! {
        biased;
        _ = &mut waiting => panic!("nobody does it"),
        () = tokio::task::yield_now() => {}
    }
    let answer = stand.press("/speed", "speed=fast&lang=en").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("press again"));
}

#[tokio::test]
async fn people_are_searched_and_a_strange_search_is_only_text() {
    let stand = Stand::new();
    let all = stand.get("/?lang=ja").await.body;
    let shown = |page: &str| page.matches("class=\"person\"").count();
    assert!((1..=register::PEOPLE_MAX).contains(&shown(&all)));
    let (_, next) = all.split_once("次の世帯").unwrap_or_default();
    assert!(!next.is_empty() && all.contains("from="));
    let name = stand.page.register.person(40).unwrap().name();
    let (family, _) = name.split_once(' ').unwrap();
    let found = stand.get(&format!("/?q={}", percent(family))).await.body;
    assert!(shown(&found) > 0 && found.contains(&name));
    let none = stand.get("/?q=%3Cscript%3E%22x").await.body;
    assert_eq!(shown(&none), 0);
    assert!(none.contains("見つかりません") && !none.contains("<script>\"x"));
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn style_and_script_are_the_pages_own() {
    let stand = Stand::new();
    let style = stand.get("/drill.css").await.body;
    assert!(style.contains("#at-bus { left: "));
    assert_eq!(stand.get("/drill.js").await.body, SCRIPT);
    let page = stand.get("/").await.body;
    assert!(!page.contains(" style=") && !page.contains("<script>") && !page.contains("onclick"));
}
