//! A good file, and each way in which one can be wrong.

use super::*;
use std::path::Path;

const FULL: &str = r#"
data = "data"
town = "/etc/digiana/town.json"
name = "訓練 第一避難所"
site = "1f2e3d4c5b6a7988"
serves = "bus"

[mesh]
bind = ["127.0.0.1:41001"]
multicast = ["192.168.10.4"]
links_max = 4

[[mesh.peers]]
node = "0101010101010101010101010101010101010101010101010101010101010101"
addresses = ["127.0.0.1:41002", "[::1]:41002"]

[reader]
kind = "virtual"
listen = "127.0.0.1:42001"

[scanner]
device = "/dev/ttyACM0"

[cards]
authorities = "drill-authority"
revoked = "/etc/digiana/revoked.crl"
municipality = "32448"

[control]
path = "c.sock"

[store]
cache_mib = 16
"#;

const SHORT: &str = "data = \"d\"\ntown = \"t\"\nname = \"n\"\n";

fn parse(text: &str) -> Result<NodeConfig, ConfigFault> {
    ConfigFile::parse(Path::new("/srv/node.toml"), text.to_owned())?.node()
}

/// The configuration is refused with this message, which ends a line that names file and line.
fn check(text: &str, line: usize, message: &str) {
    let said = parse(text).unwrap_err().to_string();
    assert_eq!(said, format!("/srv/node.toml:{line}: {message}"));
}

/// The three lines every file has, and these after them, from line 4 on.
fn check_more(more: &str, line: usize, message: &str) {
    check(&format!("{SHORT}{more}"), line, message);
}

#[test]
fn a_full_file_is_understood_and_its_paths_start_at_its_folder() {
    let config = parse(FULL).unwrap();
    let expected = NodeConfig {
        data: "/srv/data".into(),
        town: "/etc/digiana/town.json".into(),
        name: "訓練 第一避難所".to_owned(),
        site: Some(SiteId([0x1f, 0x2e, 0x3d, 0x4c, 0x5b, 0x6a, 0x79, 0x88])),
        mesh: MeshConfig {
            bind: vec!["127.0.0.1:41001".parse().unwrap()],
            multicast: vec![Ipv4Addr::new(192, 168, 10, 4)],
            links_max: 4,
            peers: vec![PeerConfig {
                node: NodeId([1; 32]),
                addresses: vec!["127.0.0.1:41002".parse().unwrap(), "[::1]:41002".parse().unwrap()],
            }],
        },
        reader: ReaderConfig::Virtual { listen: "127.0.0.1:42001".parse().unwrap() },
        scanner: Some(ScannerConfig { device: "/dev/ttyACM0".into() }),
        cards: CardsConfig {
            authorities: Some("/srv/drill-authority".into()),
            revoked: Some("/etc/digiana/revoked.crl".into()),
            municipality: Some("32448".to_owned()),
        },
        serves: Serves::Bus,
        control: ControlConfig { path: "/srv/c.sock".into() },
        store: StoreConfig { cache_mib: 16 },
    };
    assert_eq!(config, expected);
    assert_eq!(config.store_path(), Path::new("/srv/data/store.redb"));
    assert_eq!(config.key_path(), Path::new("/srv/data/node.key"));
    assert_eq!(config.store.cache_bytes(), 16 << 20);
}

#[test]
fn a_reader_of_pcscd_is_named_by_how_its_name_begins_or_not_at_all() {
    let reader =
        |more: &str| parse(&format!("{SHORT}[reader]\nkind = \"pcsc\"\n{more}")).unwrap().reader;
    assert_eq!(reader(""), ReaderConfig::Pcsc { readers: Vec::new() });
    let named = vec!["SONY FeliCa".to_owned()];
    assert_eq!(reader("readers = [\"SONY FeliCa\"]\n"), ReaderConfig::Pcsc { readers: named });
}

#[test]
fn three_lines_are_enough() {
    let config = parse(SHORT).unwrap();
    assert_eq!(config.mesh, MeshConfig::default());
    assert_eq!(config.mesh.bind, ["0.0.0.0:0".parse().unwrap()]);
    assert_eq!((config.site, config.reader), (None, ReaderConfig::None));
    assert_eq!(config.control.path, Path::new("/srv/control.sock"));
    assert_eq!(config.store.cache_bytes(), crate::store::READER_CACHE_BYTES);
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_those_that_are_known() {
    check_more(
        "nmae = \"n\"\n",
        4,
        "unknown key `nmae`; known keys are `data`, `town`, `name`, `site`, `mesh`, `reader`, \
         `scanner`, `cards`, `serves`, `control`, `store`",
    );
    check_more(
        "[mesh]\nbind = [\"127.0.0.1:1\"]\nlink_max = 3\n",
        6,
        "unknown key `link_max` in [mesh]; known keys are `bind`, `multicast`, `links_max`, \
         `peers`",
    );
    let peer = format!("[[mesh.peers]]\nnode = \"{}\"\nadresses = []\n", "01".repeat(32));
    check_more(
        &peer,
        6,
        "unknown key `adresses` in [mesh.peers]; known keys are `node`, `addresses`",
    );
    check_more(
        "[store]\ncache = 8\n",
        5,
        "unknown key `cache` in [store]; known keys are `cache_mib`",
    );
    check_more(
        "[reader]\nkind = \"none\"\nport = 1\n",
        6,
        "unknown key `port` in [reader]; known keys are `kind`, `listen`, `readers`",
    );
}

#[test]
fn what_is_missing_is_named_with_the_line_to_add() {
    check("data = \"d\"\ntown = \"t\"\n", 1, "name is missing; add a line name = …");
    let no_node = "[[mesh.peers]]\naddresses = [\"127.0.0.1:1\"]\n";
    check_more(no_node, 4, "mesh.peers: node is missing; add a line node = …");
}

#[test]
fn a_value_that_does_not_fit_is_named_with_its_key_and_what_would() {
    let text = SHORT.replace("\"n\"", "\" \"");
    check(&text, 3, "name: a device's name has 1 to 60 characters on one line");
    let text = |found: &str| format!("expected a text in quotes, found {found}; mend the line");
    check(&SHORT.replace("\"n\"", "7"), 3, &format!("name: {}", text("integer `7`")));
    check(&SHORT.replace("\"d\"", "5"), 1, &format!("data: {}", text("integer `5`")));
    check_more("[reader]\nkind = 5\n", 5, "reader.kind: expected a text in quotes; mend the line");
    check_more(
        "mesh = 5\n",
        4,
        "mesh: expected a table, which a line [mesh] begins, found integer `5`; mend the line",
    );
    check_more(
        "[mesh]\nbind = \"127.0.0.1:1\"\n",
        5,
        "mesh.bind: expected a list in [ ], found string \"127.0.0.1:1\"; mend the line",
    );
    check_more(
        "[mesh]\nlinks_max = \"8\"\n",
        5,
        "mesh.links_max: expected a whole number, found string \"8\"; mend the line",
    );
    check_more(
        "[[mesh.peers]]\naddresses = [\"[::1]:1\"]\nnode = \"x\"\n",
        6,
        "mesh.peers.node: \"x\" is not a node: the 64 hexadecimal digits that its `digiana-node \
         init` printed",
    );
    check_more("site = \"1f2e\"\n", 4, "site: \"1f2e\" is not a site: 16 hexadecimal digits");
    check_more(
        "[mesh]\nlinks_max = 0\n",
        5,
        "mesh.links_max: 0 is not a number of links: 1 to 128",
    );
    check_more(
        "[store]\ncache_mib = 4096\n",
        5,
        "store.cache_mib: 4096 is not a number of MiB: 1 to 1024",
    );
    check_more(
        "[mesh]\nbind = [\"127.0.0.1\"]\n",
        5,
        "mesh.bind: \"127.0.0.1\" is not an address with its port, such as \"192.168.10.4:41001\"",
    );
    check_more(
        "[mesh]\nbind = []\n",
        5,
        "mesh.bind: a node listens somewhere; take the line out for any free port",
    );
    check_more(
        "[mesh]\nmulticast = [\"eth0\"]\n",
        5,
        "mesh.multicast: \"eth0\" is not the IPv4 address of an interface of this machine, such as \
         \"192.168.10.4\"",
    );
    check_more(
        "[reader]\nkind = \"usb\"\n",
        5,
        "reader.kind: `usb`, choose one of `none`, `virtual`, `pcsc`",
    );
    check_more(
        "[reader]\nkind = \"pcsc\"\nlisten = \"127.0.0.1:1\"\n",
        4,
        "reader: kind \"pcsc\" listens nowhere; take out `listen`",
    );
    check_more(
        "[reader]\nkind = \"none\"\nreaders = []\n",
        4,
        "reader: only kind \"pcsc\" has readers; take out `readers`",
    );
    check_more(
        "[reader]\nkind = \"virtual\"\n",
        4,
        "reader: kind \"virtual\" needs an address for its cards; add listen = \"127.0.0.1:42001\"",
    );
    check_more(
        "[reader]\nkind = \"virtual\"\nlisten = \"0.0.0.0:1\"\n",
        6,
        "reader.listen: a virtual reader is for this machine only; 0.0.0.0:1 is not loopback",
    );
    let peer =
        format!("[[mesh.peers]]\nnode = \"{}\"\naddresses = [\"[::1]:1\"]\n", "01".repeat(32));
    check_more(
        &format!("{peer}{peer}"),
        4,
        &format!(
            "mesh.peers: node {} is listed twice; write all its addresses once",
            "01".repeat(32)
        ),
    );
    let long = format!("[control]\npath = \"{}\"\n", "x".repeat(120));
    check_more(
        &long,
        4,
        "control: the path of the control socket has 125 bytes, and Linux takes \
         107; choose a shorter one in [control] path",
    );
}

#[test]
fn text_that_is_no_toml_is_named_by_its_line() {
    let fault = parse("data = \"d\"\nname = \n").unwrap_err();
    let ConfigFault::Wrong { line, why, .. } = fault else { panic!("{fault}") };
    assert_eq!(line, 2, "{why}");
    let fault = parse("data = \"d\"\ndata = \"e\"\n").unwrap_err();
    assert!(fault.to_string().starts_with("/srv/node.toml:2: "), "{fault}");
}

#[test]
fn a_file_that_is_not_there_is_named_with_the_way_to_give_another() {
    let fault = ConfigFile::read(Path::new("/nowhere/node.toml")).unwrap_err().to_string();
    assert!(fault.contains("/nowhere/node.toml") && fault.contains("--config"), "{fault}");
    assert!(fault.contains("there is no such file"), "{fault}");
}

#[test]
fn a_file_that_is_no_text_is_named_by_its_first_such_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node.toml");
    // As an editor for Shift_JIS saves 訓.
    std::fs::write(&path, b"data = \"d\"\nname = \"\x8cP\"\n").unwrap();
    let said = ConfigFile::read(&path).unwrap_err().to_string();
    let place = format!("{}:2: byte 20 of the file (0x8c) is no UTF-8 text; ", path.display());
    assert!(said.starts_with(&place) && said.contains("save the file as UTF-8"), "{said}");
}

#[test]
fn who_adds_a_table_takes_it_out_and_the_rest_is_a_nodes() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Web {
        listen: SocketAddr,
    }
    let file = |web: &str| {
        let text = format!("{SHORT}[web]\n{web}\n[store]\ncache_mib = 9\n");
        ConfigFile::parse(Path::new("/srv/gateway.toml"), text).unwrap()
    };
    let mut good = file("listen = \"127.0.0.1:80\"");
    let web: Option<Web> = good.take("web").unwrap();
    assert_eq!(web, Some(Web { listen: "127.0.0.1:80".parse().unwrap() }));
    assert_eq!(good.node().unwrap().store.cache_mib, 9);
    assert_eq!(good.take::<Web>("web2"), Ok(None));

    let said = file("liste = 1").take::<Web>("web").unwrap_err().to_string();
    let expected = "unknown key `liste` in [web]; known keys are `listen`";
    assert_eq!(said, format!("/srv/gateway.toml:5: {expected}"));

    let text = format!("{SHORT}wbe = 1\n");
    let mut wrong = ConfigFile::parse(Path::new("/srv/gateway.toml"), text).unwrap();
    wrong.take::<Web>("web").unwrap();
    let said = wrong.node().unwrap_err().to_string();
    assert!(said.ends_with("`store`, `web`"), "{said}");
}
