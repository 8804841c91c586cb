//! Whom a reader believes: the authorities that issue cards, which certificates they have revoked,
//! and whose residents its town's are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use myna_card::certificate::roots::{Hierarchy, KNOWN, Purpose};
use myna_card::data::{CardVerifiableCertificate, RsaPublicKey};
use myna_card::{Certificate, ca};
use x509_cert::crl::CertificateList;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::KeyUsage;

use super::card::TurnedAway;

/// Which file of a folder of authorities certifies what.
const AUTHENTICATION: &str = "authentication.cer";
const TEXT: &str = "text.cer";
const REVOKED: &str = "revoked.crl";

/// The key of the configuration that names another one.
const REVOKED_KEY: &str = "revoked";

/// The key that names the folder.
const AUTHORITIES: &str = "authorities";

/// The most bytes of a file that is pinned. A list of every certificate of a large city fits.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// `[cards]`: whom this node believes.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CardsConfig {
    /// A folder with certificates of the authorities to believe instead of those that J-LIS
    /// publishes: for drills and test cards.
    pub authorities: Option<PathBuf>,
    /// A list of revoked certificates (CRL) in DER. Renew the file and restart the node.
    pub revoked: Option<PathBuf>,
    /// The number of the town's own municipality (全国地方公共団体コード, five digits): an unknown card
    /// of another one is told so.
    pub municipality: Option<String>,
}

/// Why a reader does not know whom to believe. The operator mends the file it names.
#[derive(Debug, thiserror::Error)]
pub enum TrustMistake {
    /// A file that cannot be read.
    #[error("[cards] {key}: {path} cannot be read ({why}); {}", without(key))]
    File {
        /// The key of the configuration.
        key: &'static str,
        /// Which.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// A file that is none of its kind.
    #[error(
        "[cards] {key}: {path} is no {what} in DER ({why}); convert it with openssl, or name another"
    )]
    NotThat {
        /// The key of the configuration.
        key: &'static str,
        /// Which.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A list of revoked certificates that says nothing about the cards that are believed here.
    #[error(
        "[cards] {key}: {path} is a list of another authority ({issuer}); name the one of the \
         authority that issues the cards"
    )]
    ForeignList {
        /// The key of the configuration.
        key: &'static str,
        /// Which.
        path: PathBuf,
        /// Who made it.
        issuer: String,
    },
    /// A certificate that may not issue others.
    #[error("[cards] authorities: {0} is no authority's certificate: it may not sign others")]
    NoAuthority(PathBuf),
    /// A town's number of the wrong form.
    #[error("[cards] municipality = {0:?}: a municipality's number has five digits, such as 32448")]
    Municipality(String),
}

/// What to do where the file of a key is not there.
fn without(key: &str) -> &'static str {
    if key == REVOKED_KEY {
        "ask the authority for its list; without the key no certificate counts as revoked"
    } else {
        "`digiana-sim authority --dir` writes a drill's authorities, and without the key J-LIS' own are \
         believed"
    }
}

/// A certificate by who issued it and under which number.
type Issued = (Vec<u8>, Vec<u8>);

/// Whom a reader believes.
#[derive(Debug)]
pub struct Trust {
    authorities: Vec<Certificate>,
    // Who certifies the keys that sign records of the 券面入力補助 application.
    text_keys: TextKeys,
    revoked: BTreeSet<Issued>,
    municipality: Option<String>,
}

#[derive(Debug)]
enum TextKeys {
    Published,
    Only(RsaPublicKey),
}

impl Trust {
    /// Believes J-LIS, as it publishes its certificates, and has heard of nothing that was revoked.
    ///
    /// # Panics
    /// When a certificate that is part of the program is none.
    pub fn published() -> Self {
        let production = KNOWN.iter().filter(|root| {
            root.hierarchy == Hierarchy::Production && root.purpose == Purpose::UserAuthentication
        });
        let authorities = production.map(|root| root.certificate().expect("it is compiled in"));
        Self {
            authorities: authorities.collect(),
            text_keys: TextKeys::Published,
            revoked: BTreeSet::new(),
            municipality: None,
        }
    }

    /// Believes whom the configuration says.
    ///
    /// # Errors
    /// [`TrustMistake`], naming the file.
    pub fn configured(config: &CardsConfig) -> Result<Self, TrustMistake> {
        let mut trust = Self::published();
        if let Some(folder) = &config.authorities {
            trust.authorities = vec![authority(&folder.join(AUTHENTICATION))?];
            let path = folder.join(TEXT);
            let key = authority(&path)?.public_key();
            let key = key.map_err(|why| not_that(AUTHORITIES, &path, "RSA certificate", &why))?;
            trust.text_keys = TextKeys::Only(key);
            let list = folder.join(REVOKED);
            if list.exists() {
                trust.revoke(AUTHORITIES, &list)?;
            }
        }
        if let Some(path) = &config.revoked {
            trust.revoke(REVOKED_KEY, path)?;
        }
        if let Some(number) = &config.municipality {
            if number.len() != 5 || !number.bytes().all(|digit| digit.is_ascii_digit()) {
                return Err(TrustMistake::Municipality(number.clone()));
            }
            trust.municipality = Some(number.clone());
        }
        Ok(trust)
    }

    /// Takes up a list of revoked certificates. Nobody checks who signed it: whoever can write the
    /// node's files can do worse.
    fn revoke(&mut self, key: &'static str, path: &Path) -> Result<(), TrustMistake> {
        let bytes = read(key, path)?;
        let wrong =
            |why: x509_cert::der::Error| not_that(key, path, "list of revoked certificates", &why);
        let list: CertificateList = CertificateList::from_der(&bytes).map_err(wrong)?;
        let issuer = &list.tbs_cert_list.issuer;
        let name = issuer.to_string();
        if !self.authorities.iter().any(|authority| authority.subject() == name) {
            return Err(TrustMistake::ForeignList { key, path: path.to_owned(), issuer: name });
        }
        let issuer = issuer.to_der().map_err(wrong)?;
        let revoked = list.tbs_cert_list.revoked_certificates.unwrap_or_default();
        let serials = revoked.iter().map(|one| one.serial_number.as_bytes().to_vec());
        self.revoked.extend(serials.map(|serial| (issuer.clone(), serial)));
        let next = list.tbs_cert_list.next_update.map(|time| time.to_string());
        let entries = revoked.len();
        tracing::info!(list = %path.display(), entries, next_update = ?next, "revoked certificates");
        Ok(())
    }

    /// Whether a certificate is an authority's, for proving who somebody is.
    ///
    /// # Errors
    /// [`TurnedAway::Untrusted`].
    pub(super) fn believes(&self, certificate: &Certificate) -> Result<(), TurnedAway> {
        let issuer = certificate.issuer();
        let mut issuers = self.authorities.iter().filter(|one| one.subject() == issuer);
        let is_issued = issuers.any(|issuer| certificate.verify_signature(issuer).is_ok());
        let usage = certificate.inner().tbs_certificate().get_extension::<KeyUsage>();
        let signs = usage.is_ok_and(|usage| usage.is_some_and(|(_, it)| it.digital_signature()));
        if is_issued && signs { Ok(()) } else { Err(TurnedAway::Untrusted) }
    }

    /// Whether the authority that issued a certificate has taken it back.
    pub(super) fn is_revoked(&self, issuer: &[u8], serial: &[u8]) -> bool {
        // Without a list, which is most towns, nothing is copied to look it up.
        !self.revoked.is_empty() && self.revoked.contains(&(issuer.to_vec(), serial.to_vec()))
    }

    /// Whether a card of that municipality is another town's.
    pub(super) fn is_other_town(&self, municipality: &str) -> bool {
        self.municipality.as_ref().is_some_and(|own| own != municipality)
    }

    /// Whether the town's own number is known, so that a card's is worth asking for.
    pub(super) fn knows_municipality(&self) -> bool {
        self.municipality.is_some()
    }

    /// The key that vouches for a card's records, if an authority vouches for that.
    pub(super) fn record_key(&self, issuer: &CardVerifiableCertificate) -> Option<RsaPublicKey> {
        let key = match &self.text_keys {
            TextKeys::Only(key) => key.clone(),
            // Test cards' keys are published beside the real ones; their numbers begin with 6.
            TextKeys::Published if issuer.issuer_key_id.as_bytes().first() != Some(&b'5') => {
                return None;
            }
            TextKeys::Published => ca::find(&issuer.issuer_key_id)?.to_public_key(),
        };
        issuer.verify_with(&key).ok()?;
        Some(issuer.public_key.clone())
    }
}

/// The certificate of somebody who issues others.
fn authority(path: &Path) -> Result<Certificate, TrustMistake> {
    let bytes = read(AUTHORITIES, path)?;
    let certificate = Certificate::parse(&bytes)
        .map_err(|why| not_that(AUTHORITIES, path, "certificate", &why))?;
    let usage = certificate.inner().tbs_certificate().get_extension::<KeyUsage>();
    if usage.is_ok_and(|usage| usage.is_some_and(|(_, usage)| usage.key_cert_sign())) {
        Ok(certificate)
    } else {
        Err(TrustMistake::NoAuthority(path.to_owned()))
    }
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>, TrustMistake> {
    let fault = |why| TrustMistake::File { key, path: path.to_owned(), why };
    let bytes = std::fs::metadata(path).map_err(fault)?.len();
    if bytes > FILE_BYTES_MAX {
        let why = format!("it has {bytes} bytes, more than {FILE_BYTES_MAX}");
        return Err(not_that(key, path, "pinned file", &why));
    }
    let bytes = std::fs::read(path).map_err(fault)?;
    if bytes.starts_with(b"-----BEGIN") {
        return Err(not_that(key, path, "file", &"it is PEM, which is text"));
    }
    Ok(bytes)
}

fn not_that(
    key: &'static str,
    path: &Path,
    what: &'static str,
    why: &impl ToString,
) -> TrustMistake {
    TrustMistake::NotThat { key, path: path.to_owned(), what, why: why.to_string() }
}
