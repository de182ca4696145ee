//! Who is in a demo.

use secrecy::SecretString;
use twinlock_core::{entropy::uniform_below, user::Role};
use twinlock_service::bootstrap::{TenantSeed, UserSeed};

use crate::system::SystemEntropy;

/// The organisation that guides and examples speak of: its id and its name.
pub const DEMO: (&str, &str) = ("demo", "Demo organisation");
/// One that requires a second factor, and whose deadline is running.
pub const OFFICE: (&str, &str) = ("office", "Office with a deadline");
/// The operators' own.
pub const SYSTEM: &str = "system";

/// Who somebody is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Who {
    /// The id of the organisation.
    pub tenant: &'static str,
    /// User name.
    pub username: &'static str,
}

impl Who {
    /// Somebody of an organisation.
    pub const fn of(tenant: &'static str, username: &'static str) -> Self {
        Self { tenant, username }
    }

    /// Where their mail would go.
    pub fn address(&self) -> String {
        format!("{}@{}.example", self.username, self.tenant)
    }
}

/// Somebody whose password is printed.
#[derive(Clone, Copy)]
pub struct Person {
    /// Who they are.
    pub who: Who,
    /// Name for people.
    pub name: &'static str,
    /// Role.
    pub role: Role,
    /// Whether an authenticator app is enrolled.
    pub has_app: bool,
    /// What there is to see, for who is there to show something.
    pub shows: &'static str,
}

/// Who signs in first: the people of [`DEMO`].
pub const FIRST: [Person; 6] = [
    one("maria", "Maria Owner", Role::Owner, true),
    one("anton", "Anton Admin", Role::Admin, true),
    one("helene", "Helene Helpdesk", Role::Helpdesk, true),
    one("alice", "Alice Member", Role::Member, true),
    one("bob", "Bob Member", Role::Member, false),
    one("carol", "Carol Member", Role::Member, false),
];

/// Who is there to show something else.
pub const FURTHER: [Person; 5] = [
    Person {
        shows: "at risk: never saved the recovery codes",
        ..one("dora", "Dora Member", Role::Member, true)
    },
    Person {
        shows: "owner where a deadline is running",
        ..at_office("olga", "Olga Owner", Role::Owner, true)
    },
    Person { shows: "has a deadline in two days", ..at_office("pia", "Pia Member", Role::Member, false) },
    Person {
        shows: "has a longer deadline, granted by olga",
        ..at_office("quinn", "Quinn Member", Role::Member, false)
    },
    Person {
        who: Who::of(SYSTEM, "otto"),
        shows: "operator: runs the server",
        ..one("otto", "Otto Operator", Role::Owner, true)
    },
];

const fn one(username: &'static str, name: &'static str, role: Role, has_app: bool) -> Person {
    Person { who: Who::of(DEMO.0, username), name, role, has_app, shows: "" }
}

const fn at_office(username: &'static str, name: &'static str, role: Role, has_app: bool) -> Person {
    Person { who: Who::of(OFFICE.0, username), ..one(username, name, role, has_app) }
}

/// Somebody with a password that was made for this demo.
pub struct Account {
    /// Who.
    pub person: Person,
    /// The password.
    pub password: SecretString,
}

/// Everybody, with fresh passwords: first the people of [`FIRST`].
pub fn everybody() -> Vec<Account> {
    let people = FIRST.iter().chain(&FURTHER);
    people.map(|person| Account { person: *person, password: fresh_password() }).collect()
}

/// The organisations that a demo begins with; operators come later, by invitation, as everywhere.
pub fn tenants(accounts: &[Account]) -> Vec<TenantSeed> {
    let seed = |(id, name): (&str, &str)| TenantSeed {
        id: id.to_owned(),
        name: name.to_owned(),
        mfa_required_for_admins: false,
        users: accounts.iter().filter(|account| account.person.who.tenant == id).map(user).collect(),
    };
    vec![seed(DEMO), seed(OFFICE)]
}

fn user(account: &Account) -> UserSeed {
    let Account { person, password } = account;
    UserSeed {
        username: person.who.username.to_owned(),
        email: Some(person.who.address()),
        password: password.clone(),
        role: person.role,
        display_name: Some(person.name.to_owned()),
        created_at: None,
    }
}

/// Letters and digits that are not mistaken for each other: 5 bits each.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz123456789";

/// Four groups of four: 80 bits.
fn fresh_password() -> SecretString {
    let mut text = String::with_capacity(19);
    for place in 0..16 {
        if place > 0 && place % 4 == 0 {
            text.push('-');
        }
        let letter = usize::try_from(uniform_below(&SystemEntropy, 32)).unwrap_or_default();
        text.push(ALPHABET.get(letter).copied().map_or('a', char::from));
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use twinlock_core::password;

    use super::*;

    #[test]
    fn passwords_are_fresh_and_pass_the_rules() {
        let (one, other) = (fresh_password(), fresh_password());
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert!(password::check(one.expose_secret(), password::DEFAULT_MIN_LENGTH, &["maria"]).is_ok());
    }
}
