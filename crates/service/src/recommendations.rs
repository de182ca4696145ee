//! What an organisation could do for its own security, most urgent first.
//!
//! Nothing here counts people one by one: those in charge are few, and the rest is kept as numbers.

use std::net::IpAddr;

use twinlock_core::user::{Power, Status};
use twinlock_store::{
    in_charge::{self, InCharge},
    tenants::{self, Tenant},
    user_counts::{self, Counted},
};

use crate::{
    App, Caller, Internal,
    administration::{self, NotAllowed},
    proxy_notice::ProxyDoubt,
};

/// Owners that are looked at; more are rare.
const OWNERS: u32 = 50;
/// Administrators who are named at most.
const NAMED: u32 = 5;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Somebody may get in, or nobody, any day.
    High,
    /// It will hurt when something else goes wrong.
    Medium,
    /// Worth knowing.
    Low,
}

impl Severity {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// Something worth doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recommendation {
    /// Stable name of its kind.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What to do, in few words.
    pub title: &'static str,
    /// Why.
    pub detail: String,
    /// The page where it is done.
    pub href: String,
}

/// For the caller's tenant.
pub async fn recommendations(
    app: &App,
    caller: &Caller,
    slug: &str,
) -> Result<Vec<Recommendation>, NotAllowed> {
    administration::look(app, caller, slug, Power::Administer)?;
    let tenant = tenants::by_slug(&app.store, slug).await?.ok_or(NotAllowed::NotFound)?;
    let mut worth = if app.config.mfa_enabled { about_factors(app, caller, &tenant).await? } else { off() };
    worth.extend(about_addresses(app, &tenant).await?);
    if !app.config.smtp {
        worth.push(no_smtp());
    }
    worth.extend(app.proxy_notice.noticed().map(|(peer, doubt)| about_proxy(peer, doubt)));
    // The order within one severity stays.
    worth.sort_by_key(|item| item.severity);
    Ok(worth)
}

async fn about_factors(app: &App, caller: &Caller, tenant: &Tenant) -> Result<Vec<Recommendation>, Internal> {
    let owners = in_charge::owners(&app.store, tenant.id, OWNERS).await?;
    let bare = in_charge::others_without_factor(&app.store, tenant.id, NAMED).await?;
    let mut worth = about_owners(caller, &owners);
    if !bare.is_empty() {
        worth.push(Recommendation {
            id: "administrator_without_mfa",
            severity: Severity::High,
            title: "Add MFA for those who administer",
            detail: format!(
                "{} can change other people’s accounts, and a stolen password is enough to be them.",
                names(&bare)
            ),
            href: "/console/users?mfa=off".into(),
        });
    }
    let counts = user_counts::of_tenant(&app.store, tenant.id).await?;
    worth.extend(about_policy(tenant, &counts));
    worth.extend(about_readiness(&counts));
    Ok(worth)
}

/// An owner opens every door.
fn about_owners(caller: &Caller, owners: &[InCharge]) -> Vec<Recommendation> {
    let with = |factors: u32| owners.iter().filter(|one| one.factors == factors).cloned().collect::<Vec<_>>();
    let (mut bare, single) = (with(0), with(1));
    // Nobody signs in with the password of an account that has none yet.
    bare.retain(|owner| owner.status == Status::Active);
    let active = owners.iter().filter(|one| one.status == Status::Active).count();
    let mut worth = Vec::new();
    if let Some(first) = bare.first() {
        worth.push(Recommendation {
            id: "root_user_without_mfa",
            severity: Severity::High,
            title: "Add MFA for the root user",
            detail: format!("{} opens every door of the organisation, and has one lock only.", names(&bare)),
            href: page_of(caller, first, "/account/security/enrol/choose"),
        });
    }
    if let Some(first) = single.first() {
        worth.push(Recommendation {
            id: "owner_with_one_factor",
            severity: Severity::Medium,
            title: "Add a second device for the owner",
            detail: format!(
                "{} has one device only: one lost phone or key, and the recovery codes are all that is left.",
                names(&single)
            ),
            href: page_of(caller, first, "/account/security/enrol/choose"),
        });
    }
    if active < 2 {
        worth.push(Recommendation {
            id: "no_second_owner",
            severity: Severity::Medium,
            title: "Make somebody a second owner",
            detail: "There is one owner. If they cannot get in, nobody here can help them.".into(),
            href: "/console/users".into(),
        });
    }
    worth
}

fn about_policy(tenant: &Tenant, counts: &[Counted]) -> Option<Recommendation> {
    let allowed = tenant.settings.mfa_allowed_methods;
    let without = counts.iter().filter(|counted| counted.kinds.and(allowed).is_empty());
    let without: u64 = without.map(|counted| counted.people).sum();
    match (tenant.settings.mfa_required, without) {
        (false, _) => Some(Recommendation {
            id: "mfa_not_required",
            severity: Severity::Medium,
            title: "Require MFA for all users",
            detail: format!(
                "Nobody has to have a second factor, and {}. The settings show beforehand whom it would block.",
                people(without)
            ),
            href: "/console/settings".into(),
        }),
        (true, 0) => None,
        (true, _) => Some(Recommendation {
            id: "users_without_mfa",
            severity: Severity::Low,
            title: "Remind those without MFA",
            detail: format!("It is required, and {}.", people(without)),
            href: "/console/mfa".into(),
        }),
    }
}

/// People whom losing one thing locks out.
fn about_readiness(counts: &[Counted]) -> Option<Recommendation> {
    let at_risk: u64 = counts.iter().map(|counted| counted.at_risk).sum();
    let who = match at_risk {
        0 => return None,
        1 => "One person has".to_owned(),
        count => format!("{count} people have"),
    };
    Some(Recommendation {
        id: "people_at_risk",
        severity: Severity::Medium,
        title: "Help people to a second way in",
        detail: format!(
            "{who} one way in only: one lost phone or key, and somebody has to let them in again. New recovery \
             codes, or a second device, are enough."
        ),
        href: "/console/users?mfa=at_risk".into(),
    })
}

async fn about_addresses(app: &App, tenant: &Tenant) -> Result<Option<Recommendation>, Internal> {
    let lacking = in_charge::somebody_without_address(&app.store, tenant.id).await?;
    Ok(lacking.then(|| Recommendation {
        id: "users_without_email",
        severity: Severity::Low,
        title: "Give everybody an email address",
        detail: "Some people have none. No notice, no reminder and no reset of a password reaches them."
            .into(),
        href: "/console/users".into(),
    }))
}

fn off() -> Vec<Recommendation> {
    vec![Recommendation {
        id: "mfa_off_on_server",
        severity: Severity::High,
        title: "Switch second factors on",
        detail: "They are switched off on this server (mfa.enabled): a password alone opens every account. Ask whoever runs it.".into(),
        href: "/guide/operators/mfa-switch".into(),
    }]
}

fn no_smtp() -> Recommendation {
    Recommendation {
        id: "no_smtp",
        severity: Severity::Medium,
        title: "Connect a mail server",
        detail:
            "Mail is written to files on the server and reaches nobody (mail.smtp_url). Ask whoever runs it."
                .into(),
        href: "/guide/operators/first-start#mail".into(),
    }
}

/// Everybody counts as one address.
fn about_proxy(peer: IpAddr, doubt: ProxyDoubt) -> Recommendation {
    let why = match doubt {
        ProxyDoubt::Untrusted => "the server was not told that it is a proxy (server.trusted_proxies)",
        ProxyDoubt::Disagreeing => {
            "it passes on two headers that disagree, and the server was not told which one it writes \
             (server.forwarded_header)"
        }
        ProxyDoubt::Silent => {
            "it does not write the header that the server was told of (server.forwarded_header)"
        }
    };
    Recommendation {
        id: "proxy_not_trusted",
        severity: Severity::Medium,
        title: "Tell the server about its proxy",
        detail: format!(
            "Everybody counts as {peer}: people come through it, and {why}. One person’s wrong passwords make \
             everybody wait. Ask whoever runs the server."
        ),
        href: "/guide/operators/proxy".into(),
    }
}

/// The caller's own page for it, or the page of that person.
fn page_of(caller: &Caller, person: &InCharge, own: &str) -> String {
    if caller.live.account.user.id == person.id {
        own.into()
    } else {
        format!("/console/users/{}", person.id)
    }
}

/// Names as they stand in a sentence.
fn names(people: &[InCharge]) -> String {
    let names: Vec<_> = people.iter().take(NAMED as usize).map(|one| one.username.as_str()).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, first)) => format!("Each of {} and {last}", first.join(", ")),
        None => String::new(),
    }
}

fn people(count: u64) -> String {
    match count {
        0 => "everybody has one all the same".into(),
        1 => "one person has none".into(),
        count => format!("{count} people have none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(username: &str) -> InCharge {
        let id = twinlock_core::ids::UserId(uuid::Uuid::nil());
        InCharge { id, username: username.into(), status: Status::Active, factors: 0 }
    }

    #[test]
    fn names_stand_in_a_sentence() {
        assert_eq!(names(&[one("olga")]), "olga");
        assert_eq!(names(&[one("olga"), one("adam"), one("eve")]), "Each of olga, adam and eve");
    }
}
