//! The statements that make a crowd, in SQLite's words. Their values are ours and stand in the text.

use data_encoding::HEXLOWER;
use twinlock_core::{
    audit::{ActorKind, EventKind},
    clock::Clock,
    factor::{
        kinds::{Kind as FactorKind, Kinds},
        recovery::CODES_PER_SET,
        totp::step_at,
    },
};
use twinlock_store::users::User;
use uuid::Uuid;

use super::{Crowd, Kind, LACKING, OF};
use crate::database::Machine;

/// How many names there are.
pub const NAMES: usize = 10_000_000;
/// From one person's name to the next one's; it has no divisor in common with [`NAMES`].
pub const STRIDE: usize = 7_654_321;

/// For the connection that makes them: what would be lost if the machine stopped here, nobody needs.
pub const IN_HASTE: [&str; 5] = [
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "PRAGMA foreign_keys = OFF",
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA cache_size = -524288",
];

/// The indexes that are not part of a table.
pub const INDEXES: &str = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL \
    AND tbl_name IN ('users', 'login_names', 'user_search', 'totp_factors', 'recovery_sets', 'audit_events')";

/// The words that somebody is found by, and names they sign in with, as patterns for their digits.
const WORDS: [&str; 5] = ["person%s", "person%s@demo.example", "someone %s", "someone", "%s"];
const NAMES_OF_KINDS: [(&str, &str); 2] = [("username", WORDS[0]), ("email", WORDS[1])];

/// Everything that is written of people like `model`, table by table.
pub fn statements(crowd: &Crowd, model: &User) -> Vec<String> {
    let writer = Writer::new(crowd);
    vec![
        writer.users(model.password_hash.as_deref().unwrap_or_default()),
        writer.login_names(),
        writer.user_search(),
        writer.totp_factors(),
        writer.recovery_sets(),
        writer.recovery_codes(),
        writer.audit_events(),
        format!("DELETE FROM user_counts WHERE tenant_id = {}", writer.tenant),
        writer.user_counts(),
    ]
}

struct Writer<'a> {
    crowd: &'a Crowd,
    tenant: String,
    user: String,
    at: String,
}

impl<'a> Writer<'a> {
    fn new(crowd: &'a Crowd) -> Self {
        let at = format!("({} + n)", crowd.first_at);
        Self { crowd, tenant: uuid(crowd.tenant.0), user: id(&at, Kind::User), at }
    }

    /// A row, or several, for each number `n`.
    fn insert(&self, into: &str, select: &str) -> String {
        let last = self.crowd.people - 1;
        format!(
            "WITH RECURSIVE person (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM person WHERE n < {last}) \
             INSERT INTO {into} SELECT {select}"
        )
    }

    fn users(&self, password_hash: &str) -> String {
        let enrolled = enrolled();
        let Self { tenant, user, at, .. } = self;
        let (digits, kinds) = (digits(), Kinds::NONE.with(FactorKind::Totp).bits());
        let select = format!(
            "{user}, {tenant}, 'person' || {digits}, 'person' || {digits} || '@demo.example', \
             'Someone ' || {digits}, 'member', 'active', '{password_hash}', iif({enrolled}, {kinds}, 0), {at} \
             FROM person"
        );
        let columns = "id, tenant_id, username, email, display_name, role, status, password_hash, \
                       factor_kinds, created_at";
        self.insert(&format!("users ({columns})"), &select)
    }

    fn login_names(&self) -> String {
        let Self { tenant, user, .. } = self;
        let names: Vec<_> =
            NAMES_OF_KINDS.iter().map(|(kind, name)| format!("('{name}', '{kind}')")).collect();
        let (names, digits) = (names.join(", "), digits());
        self.insert(
            "login_names (tenant_id, name, user_id, kind)",
            &format!(
                "{tenant}, printf(column1, {digits}), {user}, column2 FROM person CROSS JOIN (VALUES {names}) \
                 ORDER BY 2"
            ),
        )
    }

    fn user_search(&self) -> String {
        let Self { tenant, user, .. } = self;
        let words = WORDS.map(|word| format!("('{word}')")).join(", ");
        let digits = digits();
        self.insert(
            "user_search (tenant_id, word, user_id)",
            &format!(
                "{tenant}, printf(column1, {digits}), {user} FROM person CROSS JOIN (VALUES {words}) \
                 ORDER BY 2, 3"
            ),
        )
    }

    fn totp_factors(&self) -> String {
        let enrolled = enrolled();
        let Self { user, at, .. } = self;
        let (id, secret) = (id(at, Kind::Factor), blob(&self.crowd.secret.bytes));
        let (key, last_step) = (&self.crowd.secret.key_id, step_at(Machine.now()) - 2);
        self.insert(
            "totp_factors (id, user_id, name, secret, key_id, last_step, created_at)",
            &format!(
                "{id}, {user}, 'Authenticator app', {secret}, '{key}', {last_step}, {at} \
                 FROM person WHERE {enrolled}"
            ),
        )
    }

    fn recovery_sets(&self) -> String {
        let enrolled = enrolled();
        let Self { user, at, .. } = self;
        let (id, key) = (id(at, Kind::CodeSet), &self.crowd.secret.key_id);
        self.insert(
            "recovery_sets (user_id, id, salt, params, key_id, format, created_at, saved_at)",
            &format!(
                "{user}, {id}, randomblob(16), 'm=19456,t=2,p=1', '{key}', '8digits', {at}, {at} \
                 FROM person WHERE {enrolled}"
            ),
        )
    }

    fn recovery_codes(&self) -> String {
        let enrolled = enrolled();
        let id = id(&self.at, Kind::CodeSet);
        let ten = ["(0)"; CODES_PER_SET].join(", ");
        self.insert(
            "recovery_codes (set_id, tag)",
            &format!("{id}, randomblob(32) FROM person CROSS JOIN (VALUES {ten}) WHERE {enrolled}"),
        )
    }

    /// The event without which nobody has a second factor.
    fn audit_events(&self) -> String {
        let enrolled = enrolled();
        let Self { tenant, user, at, .. } = self;
        let (id, digits) = (id(at, Kind::Event), digits());
        let (kind, actor) = (EventKind::MfaEnabled.as_str(), ActorKind::User.as_str());
        let columns = "id, at, tenant_id, type, actor_kind, actor_id, actor_name, user_id, address, user_agent, \
                       request_id, detail";
        self.insert(
            &format!("audit_events ({columns})"),
            &format!(
                "{id}, {at}, {tenant}, '{kind}', '{actor}', {user}, 'person' || {digits}, {user}, '192.0.2.17', \
                 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', \
                 lower(hex(randomblob(16))), '{{\"kind\":\"totp\"}}' FROM person WHERE {enrolled}"
            ),
        )
    }

    fn user_counts(&self) -> String {
        let tenant = &self.tenant;
        format!(
            "INSERT INTO user_counts (tenant_id, factor_kinds, people, at_risk) \
             SELECT tenant_id, factor_kinds, count(*), sum(at_risk) FROM users \
             WHERE tenant_id = {tenant} AND status = 'active' GROUP BY tenant_id, factor_kinds"
        )
    }
}

/// Whether `n` has a second factor.
fn enrolled() -> String {
    format!("n % {OF} >= {LACKING}")
}

/// The digits in the names of `n`.
fn digits() -> String {
    format!("printf('%07d', n * {STRIDE} % {NAMES})")
}

/// See [`Crowd::id`].
fn id(at: &str, kind: Kind) -> String {
    format!("unhex(printf('%012x7%03x8%015x', {at}, {}, n))", kind as u8)
}

fn uuid(id: Uuid) -> String {
    blob(id.as_bytes())
}

fn blob(bytes: &[u8]) -> String {
    format!("x'{}'", HEXLOWER.encode(bytes))
}
