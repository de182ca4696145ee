//! A new organisation, with its first owner by invitation.

use serde_json::json;
use twinlock_core::{
    audit::EventKind,
    name::NameError,
    user::{Role, Status},
};
use twinlock_store::{organisations, tenants, users};

use super::{By, OperateError, Operating, OrganisationView};
use crate::{
    App, Internal, UserView,
    administration::NotAllowed,
    invitation::{self, Sending},
    setup::{
        FieldProblem,
        provision::{self, NewUser, Texts},
    },
};

/// What is wished for.
#[derive(Clone)]
pub struct NewOrganisation {
    /// Its id: what people type when they sign in.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Who owns it.
    pub owner: NewOwner,
}

/// The first owner. The invitation goes to their address.
#[derive(Clone)]
pub struct NewOwner {
    /// User name.
    pub username: String,
    /// Address.
    pub email: String,
    /// Name for people; the user name where none is given.
    pub display_name: Option<String>,
}

/// What was made.
#[derive(Debug)]
pub struct Created {
    /// The organisation.
    pub organisation: OrganisationView,
    /// Its owner.
    pub owner: UserView,
}

/// Makes an organisation and invites its owner: nobody else has ever known their password.
pub async fn create(app: &App, by: By<'_>, wanted: NewOrganisation) -> Result<Created, OperateError> {
    app.transact(|| create_once(app, by, wanted.clone())).await
}

async fn create_once(app: &App, by: By<'_>, wanted: NewOrganisation) -> Result<Created, OperateError> {
    by.knock(app)?;
    let tenant = provision::new_tenant(app, &wanted.id, &wanted.name);
    let owner = &wanted.owner;
    let texts = Texts::check(&owner.username, Some(&owner.email), owner.display_name.as_deref());
    let (tenant, texts) = match (tenant, texts) {
        (Ok(tenant), Ok(texts)) if texts.email.is_some() => (tenant, texts),
        (tenant, texts) => return Err(OperateError::Invalid(problems(tenant.err(), texts))),
    };
    let operating = Operating::begin(app, by).await?;
    let work = &operating.work;
    // From now on the set-up link of the first start is dead.
    provision::claim_first(work).await?;
    tenants::insert(work, &tenant).await?;
    let new = NewUser {
        texts,
        role: Role::Owner,
        status: Status::Invited,
        password_hash: None,
        must_change: false,
        created_at: None,
    };
    let user = provision::insert_user(work, tenant.id, new).await?;
    let account =
        users::account(work, user.id).await?.ok_or(Internal::Broken("the new owner is not there"))?;
    invitation::issue(work, &account, Sending::BY_OPERATOR).await?;
    let made = organisations::by_slug(work, &tenant.slug).await?.ok_or(NotAllowed::NotFound)?;
    let detail = json!({ "owner": user.username });
    operating.record(tenant.id, EventKind::TenantCreated, detail).await?;
    operating.work.commit().await?;
    Ok(Created { organisation: made.into(), owner: UserView::of(app, &account) })
}

fn problems(tenant: Option<Vec<FieldProblem>>, texts: Result<Texts, Vec<FieldProblem>>) -> Vec<FieldProblem> {
    let missing = || vec![FieldProblem { field: "email", problem: NameError::Empty }];
    let texts =
        texts.map_or_else(|found| found, |texts| if texts.email.is_none() { missing() } else { vec![] });
    tenant.into_iter().flatten().chain(texts).collect()
}
