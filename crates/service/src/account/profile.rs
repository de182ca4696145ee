//! The display name, at once, and the address, once its link was opened.

use secrecy::SecretString;
use twinlock_core::{
    audit::EventKind,
    factor::typed::is_blank,
    name::{NameError, NameKey, validate_display_name, validate_email},
};
use twinlock_store::{
    links::{self, LinkPurpose},
    users::{self, Account},
};

use super::{MailCodeMissing, own_password::OwnPassword, require_mail_code, use_mail_code};
use crate::{
    App, Caller, Client, Internal, UserView,
    audit_log::About,
    context::Work,
    guard::{self, Act, StepUpRequired},
    mail::{self, Class, Letter, LetterKind, Postage, Unsent, When, link},
    password_check::NotCompared,
    sessions,
};

/// What a person wants to change; what is none stays.
#[derive(Default)]
pub struct ProfileChange {
    /// A name for people; an empty one makes room for the user name.
    pub display_name: Option<String>,
    /// A new address.
    pub email: Option<String>,
    /// The current password; a new address asks for it where no second factor is enrolled.
    pub current_password: Option<SecretString>,
    /// A code from the mailbox on file, where one is asked for.
    pub mail_code: Option<String>,
}

/// The account after a change.
#[derive(Debug)]
pub struct Profile {
    /// The person.
    pub user: UserView,
    /// The address that waits for its link to be opened.
    pub email_pending: Option<String>,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The display name cannot be used.
    #[error("display_name: {0}")]
    DisplayName(NameError),
    /// The address cannot be used.
    #[error("email: {0}")]
    Email(NameError),
    /// A new address needs the current password.
    #[error("the current password is needed")]
    PasswordRequired,
    /// A fresh proof of a second factor is missing.
    #[error(transparent)]
    StepUp(#[from] StepUpRequired),
    /// A code mailed to the address on file is needed as well.
    #[error(transparent)]
    MailCode(#[from] MailCodeMissing),
    /// The current password is wrong.
    #[error("wrong password")]
    InvalidCredentials,
    /// Too many failures: wait this many seconds.
    #[error("too many attempts")]
    TooMany(i64),
    /// The session ended meanwhile.
    #[error("the session has ended")]
    Ended,
    /// Nobody's fault.
    #[error(transparent)]
    Internal(#[from] Internal),
}

store_faults_are_internal!(ProfileError);

impl From<Unsent> for ProfileError {
    fn from(unsent: Unsent) -> Self {
        match unsent {
            Unsent::TooMany(seconds) => Self::TooMany(seconds),
            Unsent::Internal(error) => Self::Internal(error),
        }
    }
}

impl From<NotCompared> for ProfileError {
    fn from(error: NotCompared) -> Self {
        match error {
            NotCompared::Wait(seconds) => Self::TooMany(seconds),
            NotCompared::Internal(error) => error.into(),
        }
    }
}

/// The caller's profile as it is.
pub async fn profile(app: &App, caller: &Caller) -> Result<Profile, Internal> {
    let account = &caller.live.account;
    let waiting =
        links::open_of_user(&app.store, LinkPurpose::ConfirmEmail, account.user.id, app.now()).await?;
    let email_pending = waiting.and_then(|link| link.address);
    Ok(Profile { user: UserView::of(app, account), email_pending })
}

/// A change whose texts were checked.
struct Wanted {
    display_name: Option<String>,
    email: Option<String>,
    mail_code: Option<String>,
    /// The current password, where it was asked for.
    own: Option<OwnPassword>,
}

/// Changes the display name at once, and sends a link to a new address. Whether somebody else has that
/// address cannot be told from the answer.
pub async fn update_profile(
    app: &App,
    client: &Client,
    caller: &Caller,
    change: ProfileChange,
) -> Result<Profile, ProfileError> {
    let known = &caller.live.account;
    let email = new_email(known, change.email.as_deref())?;
    let display_name = new_display_name(known, change.display_name.as_deref())?;
    let own = match &email {
        Some(_) => {
            guard::require(app, known, &caller.live.proofs, Act::Account)?;
            require_mail_code(known, change.mail_code.as_deref(), app.now())?;
            prove_password(app, client, caller, change.current_password.as_ref()).await?
        }
        None => None,
    };
    let wanted = Wanted { display_name, email, mail_code: change.mail_code, own };
    app.transact(|| apply(app, client, caller, &wanted)).await
}

/// The wanted name for people. Without one it is the user name, as when an account is made.
fn new_display_name(known: &Account, raw: Option<&str>) -> Result<Option<String>, ProfileError> {
    match raw {
        Some(raw) if is_blank(raw) => Ok(Some(known.user.username.clone())),
        raw => raw.map(validate_display_name).transpose().map_err(ProfileError::DisplayName),
    }
}

/// The wanted address; none when it is the one on file.
fn new_email(known: &Account, raw: Option<&str>) -> Result<Option<String>, ProfileError> {
    let email = raw.map(validate_email).transpose().map_err(ProfileError::Email)?;
    let same = |email: &String| known.user.email.as_deref().and_then(NameKey::of) == NameKey::of(email);
    Ok(email.filter(|email| !same(email)))
}

/// Without a second factor, the password is what stands between a stolen session and the address.
async fn prove_password(
    app: &App,
    client: &Client,
    caller: &Caller,
    password: Option<&SecretString>,
) -> Result<Option<OwnPassword>, ProfileError> {
    if caller.live.account.factors.any() {
        return Ok(None);
    }
    let password = password.ok_or(ProfileError::PasswordRequired)?;
    let own = OwnPassword::check(app, client, caller, password).await?;
    if !own.is_right() {
        own.refuse(app, client, caller).await?;
        return Err(ProfileError::InvalidCredentials);
    }
    Ok(Some(own))
}

async fn apply(
    app: &App,
    client: &Client,
    caller: &Caller,
    wanted: &Wanted,
) -> Result<Profile, ProfileError> {
    let work = Work::begin(app, client).await?;
    if let Some(own) = &wanted.own {
        own.confirm(&work, caller).await?;
    }
    let mut account = sessions::hold_own(&work, caller).await?.ok_or(ProfileError::Ended)?;
    if let Some(email) = &wanted.email {
        guard::require(app, &account, &caller.live.proofs, Act::Account)?;
        // Without a factor now, though there was one when the password could have been asked for.
        let proven = wanted.own.as_ref().map_or(account.factors.any(), |own| own.is_still(&account));
        if !proven {
            return Err(ProfileError::InvalidCredentials);
        }
        if let Some(missing) = use_mail_code(&work, &account, wanted.mail_code.as_deref()).await? {
            return Err(work.refuse(missing.into()).await);
        }
        let by = About::own(&account.user);
        let told = LetterKind::EmailChanging { new_masked: masked(email) };
        ask_new_address(&work, NewAddress { account: &account, email, by, administrator: None, told })
            .await?;
    }
    if let Some(name) = &wanted.display_name {
        users::set_display_name(&work, account.user.id, name).await?;
        work.record(EventKind::ProfileChanged, About::own(&account.user)).await?;
        account.user.display_name.clone_from(name);
    }
    work.commit().await?;
    Ok(Profile { user: UserView::of(app, &account), email_pending: wanted.email.clone() })
}

/// An address that somebody wants for an account.
pub(crate) struct NewAddress<'a> {
    /// The account, held.
    pub(crate) account: &'a Account,
    /// The address.
    pub(crate) email: &'a str,
    /// Who wants it.
    pub(crate) by: About<'a>,
    /// The administrator who wants it; none where it is the person.
    pub(crate) administrator: Option<&'a Account>,
    /// What the address so far is told.
    pub(crate) told: LetterKind,
}

/// Sends the link to the new address, if there is room in the budgets, and tells the one so far. For an address that somebody else has,
/// everything happens but the sending.
pub(crate) async fn ask_new_address(work: &Work<'_>, wanted: NewAddress<'_>) -> Result<(), Unsent> {
    let NewAddress { account, email, by, administrator, told } = wanted;
    let user = account.user.id;
    // Paid for whoever has the address: a refusal must not tell, either.
    let postage = Postage {
        to: email,
        class: Class::Stranger,
        about: account,
        by: administrator.map(|actor| actor.user.id),
        when: When::Now,
    };
    let slot = mail::pay(work, &postage).await?;
    let free = users::is_free(work, account, email).await?;
    let link = link::issue(work, LinkPurpose::ConfirmEmail, Some(user), Some(email.to_owned())).await?;
    if free {
        let letter = Letter::new(email, LetterKind::ConfirmEmail { link });
        mail::queue(work, letter.about(account), slot).await?;
    }
    match administrator {
        Some(actor) => work.notify_by(actor, account, told).await?,
        None => work.notify(account, told).await?,
    }
    Ok(work.record(EventKind::EmailChangeRequested, by).await?)
}

/// An address that its owner recognises and nobody else can use: `m…@demo.example`.
pub(crate) fn masked(email: &str) -> String {
    match email.split_once('@') {
        Some((local, domain)) => format!("{}…@{domain}", local.chars().take(1).collect::<String>()),
        None => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_masked_address_keeps_its_first_letter_and_its_domain() {
        assert_eq!(masked("maria@demo.example"), "m…@demo.example");
    }
}
