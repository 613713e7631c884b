//! People, the customers they are or act for, their passwords and their sessions.
//!
//! * A **person** (自然人) is reached by a mobile number, which is also the sign-in name.
//! * A **customer** (客户) is the relation of a person or an organisation with an institution. Accounts belong to
//!   customers, never to sign-ins.
//! * A **mandate** (授权) lets a person act for a customer: the owner for now; parents, accountants and approvers will be
//!   further roles.
//! * A **session** (会话) is what a sign-in opens: 256 random bits, of which the bank keeps only the hash. It ends when it is
//!   idle, when its time is over, when its owner signs out, and when the mandate ends.
//!
//! Rules: before sign-in nothing tells whether a number is registered, neither words nor work; failed tries slow down
//! the next one by at most five minutes; hashing is bounded, so that nobody can keep the bank busy with passwords.
//!
//! * A **visitor** (访客) is a person who proved a mobile number and nothing else: no name yet, no accounts. Their customer
//!   relation exists from the first day, so that nothing moves when their name is proven.
//! * A **code** (验证码) is six digits sent by text for one purpose; it lives five minutes and five tries.
//! * A **device** (设备) is a browser in which a person has signed in before. Tries from there are not a stranger's.
//!
//! * An **identity** (实名) is a name and a citizen number that the registry, or a member of staff, found to belong together. It
//!   is one customer of an institution, on however many phones it is claimed. The number lies sealed under the bank's
//!   keys and is compared by a keyed hash.
//!
//! * A **factor** (认证方式) is something to prove oneself with; its **tier** says how much that is worth. A **challenge** asks for
//!   one proof of one subject; it is bound to person, session, channel and subject, and proves it once.
//! * A **window** (安全设置窗口) is ten minutes in which a session may change what protects the account, opened by a proof.
//! * The **security epoch** (安全纪元) of a customer is raised by the kill switch. Sessions carry the one under which they were
//!   opened, payments name it, and the ledger refuses an older one.
//! * A **passkey** (通行密钥) and a **security key** (安全密钥) answer a random question by WebAuthn; see `credential::webauthn`. A
//!   passkey signs in, and confirms small payments from a bound device; a security key is worth a signing key and shows no
//!   payee.
//! * A **bound device** (绑定设备) keeps a key that it cannot give away and signs with it what it does: that alone makes the
//!   channel *mobile*. Its **traits** (language, sort of screen, system, time zone) are for staff to wonder at and decide
//!   nothing.
//! * A **gesture** (手势) is a pattern over nine dots that unlocks a bound device to look, never to act.
//! * A **security event** (安全事件) is what happened to a person's safety, for them and for staff.
//! * A **token** (电子密码器) is a thing with a keypad that makes one-time codes. Payments and the window ask it a question whose
//!   first digits are the payee's account's last; a code without a question, which a fraudster could use for anything, is
//!   good as a second step at sign-in alone. Nothing is asked twice, a code of the clock or the counter is right once, and
//!   ten wrong codes in a row lock the token.
//! * A **signing key** (U盾) signs the readable text of one act. The bank certifies its public half and never sees the other.

mod keys;
mod migrations;
mod model;
pub mod registry;
mod service;
mod store;

pub use credential::pskc;
pub use credential::signing::Algorithm as SigningAlgorithm;
pub use credential::webauthn::KeyKind;
pub use credential::webauthn::RelyingParty;
pub use credential::{BreachedPasswords, PASSWORD_MAX, PASSWORD_MIN};
pub use keys::Keys;
pub use model::bound_device::{DeviceQuestion, DeviceTraits, NewDeviceKey};
pub use model::certificate::SigningKeyView;
pub use model::challenge::{Asked, CHALLENGE_LIVES_MS, CHALLENGE_TRIES, Challenge, Proof, Subject};
pub use model::channel::Channel;
pub use model::code::{CodeSent, LiveCode, PaymentSubject};
pub use model::customer::{
    CustomerKind, CustomerName, CustomerSeed, MandateRole, MandateView, NewPerson, Person, Registration, Reset,
};
pub use model::device::{DeviceView, SessionView};
pub use model::event::{EventId, EventKind, SecurityEvent};
pub use model::factor::{Factor, FactorId, Holding, Tier};
pub use model::gesture::GESTURE_MIN;
pub use model::identity::{Claim, IdentityView, Proven, Verified};
pub use model::later::{Every, Later};
pub use model::mobile::Mobile;
pub use model::name::{NAME_MAX, Name};
pub use model::passkey::{KeyQuestion, KeyView, LABEL_MAX};
pub use model::profile::{ChangeMobile, Profile, ProfileForm};
pub use model::rate::Rate;
pub use model::session::{Acting, Session, SessionKind};
pub use model::token::{TokenAsks, TokenView};
pub use model::visitor::Visitor;
pub use model::window::{StepUpWindow, WINDOW_MS};
pub use service::bound_device::Unlockable;
pub use service::kill::Ended;
pub use service::overview::SecurityOverview;
pub use service::permit::PERMIT_MS;
pub use service::profile::{AccountsPort, OpenAccounts};
pub use service::reset::LostFactor;
pub use service::second_step::{HalfToken, SignInStep};
pub use service::session::{DeviceToken, SessionToken, SignedIn};
pub use service::token::Imported;
pub use store::STATEMENTS;

use cache::{Cache, Shelf};
use db::Db;
use kit::{Calendar, Clock, Fault, IdMaker, Random};
use notify::Notify;
use registry::IdRegistry;
use service::hasher::Hasher;
use std::sync::{Arc, OnceLock};
use store::living::Living;

kit::typed_id!(
    /// A person.
    PersonId
);
kit::typed_id!(
    /// A customer of an institution.
    CustomerId
);
kit::typed_id!(
    /// A session; not secret.
    SessionId
);
kit::typed_id!(
    /// A browser in which a person has signed in; not secret.
    DeviceId
);

/// The tables of this room.
pub fn room() -> db::Room {
    db::Room { name: "passport", migrations: migrations::MIGRATIONS }
}

/// What a bank may set.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The institution whose customers register here.
    pub institution: u16,
    /// A session unused for so long is over, in milliseconds.
    pub idle_ms: i64,
    /// A session is over after so long whatever happens, in milliseconds.
    pub session_ms: i64,
    /// Memory of one password hash in KiB (OWASP's password storage cheat sheet: 19 MiB with 2 passes).
    pub argon_memory_kib: u32,
    /// Passes of one password hash.
    pub argon_passes: u32,
    /// Hashes computed at once.
    pub hashes_at_once: usize,
    /// Sign-ins that may wait for a hash; beyond that they are refused.
    pub hashes_waiting: usize,
    /// Codes that one number gets in an hour.
    pub codes_per_number_hour: i64,
    /// Codes that one number gets in a day.
    pub codes_per_number_day: i64,
    /// Codes that one address may ask for in an hour.
    pub codes_per_address_hour: i64,
    /// Codes that the bank sends in a minute.
    pub codes_per_minute: i64,
    /// Sign-ins that one address may try, unless from known devices.
    pub sign_ins_per_address: Rate,
    /// Sign-ins that all may try together, unless from known devices.
    pub sign_ins: Rate,
    /// The bank at the address where people reach it, for passkeys and security keys; without it there are none.
    pub relying_party: Option<RelyingParty>,
    /// Passwords known from thefts elsewhere, which nobody may choose; the built-in list is looked at anyway.
    pub breached: Option<BreachedPasswords>,
    /// After a text alone reset a password, texts prove nothing for so long, in milliseconds.
    pub texts_rest_ms: i64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            institution: 1,
            idle_ms: 15 * 60_000,
            session_ms: 12 * 3_600_000,
            argon_memory_kib: 19 * 1024,
            argon_passes: 2,
            hashes_at_once: std::thread::available_parallelism().map_or(1, usize::from),
            hashes_waiting: 64,
            codes_per_number_hour: 10,
            codes_per_number_day: 30,
            codes_per_address_hour: 60,
            codes_per_minute: 1_200,
            sign_ins_per_address: Rate { most: 100, span_ms: 10 * 60_000 },
            sign_ins: Rate::a_minute(3_000),
            relying_party: None,
            breached: None,
            texts_rest_ms: 24 * 3_600_000,
        }
    }
}

impl Rules {
    /// The same rules with a password hash that costs next to nothing, at `http://localhost:8080`.
    pub fn for_tests() -> Self {
        let relying_party = RelyingParty::try_new("http://localhost:8080", "Tongbao").ok().flatten();
        Self { argon_memory_kib: 8, argon_passes: 1, relying_party, ..Self::default() }
    }
}

/// The passport service. Clones share everything.
#[derive(Clone)]
pub struct Passport {
    inner: Arc<Inner>,
}

/// What others look up of people: whose a number is, and how somebody is called. What decides what a person may do (epochs, windows,
/// proofs) is read from SQL each time; which sessions live is remembered by stricter rules (`store::living`).
struct Found {
    /// Customer by mobile number.
    customers: Shelf<i64>,
    /// Kind and name by customer.
    names: Shelf<(String, String)>,
}

impl Found {
    fn new(cache: &Cache) -> Self {
        Self { customers: cache.shelf("payee", 100_000), names: cache.shelf("name", 100_000) }
    }
}

struct Inner {
    db: Db,
    clock: Arc<dyn Clock>,
    random: Random,
    ids: Arc<IdMaker>,
    hasher: Hasher,
    rules: Rules,
    notify: Notify,
    keys: Keys,
    calendar: Calendar,
    registry: Arc<dyn IdRegistry>,
    found: Found,
    living: Living,
    /// Named after the rooms above have started.
    accounts: OnceLock<Arc<dyn AccountsPort>>,
}

/// What the service is made of.
pub struct Parts {
    /// Open and migrated.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// For tokens and codes.
    pub random: Random,
    /// For numbers of people, sessions, devices.
    pub ids: Arc<IdMaker>,
    /// What the bank set.
    pub rules: Rules,
    /// The way to people's phones and inboxes.
    pub notify: Notify,
    /// The secrets of this room.
    pub keys: Keys,
    /// The bank's days, by which age is reckoned.
    pub calendar: Calendar,
    /// Knows which name belongs to which citizen number.
    pub registry: Arc<dyn IdRegistry>,
    /// For what others look up of people.
    pub cache: Cache,
}

impl Passport {
    /// Puts the service together. Next comes [`check_keys`](Self::check_keys).
    pub fn try_new(parts: Parts) -> Result<Self, Fault> {
        let Parts { db, clock, random, ids, rules, notify, keys, calendar, registry, cache } = parts;
        let hasher = Hasher::try_new(&rules, random.clone())?;
        Ok(Self {
            inner: Arc::new(Inner {
                db,
                clock,
                random,
                ids,
                hasher,
                rules,
                notify,
                keys,
                calendar,
                registry,
                found: Found::new(&cache),
                living: Living::new(&cache),
                accounts: OnceLock::new(),
            }),
        })
    }

    /// Refuses to go on with keys that this database was not written with: codes and citizen numbers in it would be
    /// unreadable. A database without keys takes these.
    pub async fn check_keys(&self) -> Result<(), Fault> {
        let proof = store::code::key_proof(&self.inner.db, &self.inner.keys.proof).await?;
        if proof == self.inner.keys.proof {
            return Ok(());
        }
        Err(Fault::new("the passport's key file is not the one that this database was written with"))
    }

    /// The way to people's phones and inboxes.
    pub fn notify(&self) -> &Notify {
        &self.inner.notify
    }
}
