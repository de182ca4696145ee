//! A software key, and its registration without the ceremony's requests.

use twinlock_core::{
    clock::Clock,
    entropy::random_bytes,
    factor::webauthn::{KeyKind, UserVerification},
    ids::FactorId,
};
use twinlock_service::webauthn::{
    AttestationPolicy, NewCredential, RegistrationCeremony, RegistrationResponse, RelyingParty, UserEntity,
    Wanted, creation_options, verify_registration,
};
use twinlock_store::{
    Tx,
    security_keys::{self, SecurityKey},
    users::{self, User},
};
use twinlock_testkit::security_key::SecurityKey as Device;

use crate::database::Machine;

/// The name that keys of a server with default settings are bound to.
const RP_ID: &str = "localhost";
const CHALLENGE: [u8; 32] = [7; 32];

/// Gives a person a security key.
pub async fn add(tx: &Tx, user: &User, seed: u64) -> Device {
    let handle = users::handle_or(tx, user.id, &random_bytes::<16>(&Machine)).await.expect("a user handle");
    let mut device = Device::new(seed);
    let new = registered(&mut device, &handle);
    security_keys::insert(tx, &row(user, new)).await.expect("a key");
    device
}

fn registered(device: &mut Device, handle: &[u8]) -> NewCredential {
    let origin = format!("http://{RP_ID}");
    let party =
        RelyingParty { id: RP_ID.to_owned(), name: "Twinlock".to_owned(), origins: vec![origin.clone()] };
    let user_verification = UserVerification::Preferred;
    let wanted = Wanted { kind: KeyKind::SecurityKey, user_verification, attestation: false };
    let user = UserEntity { handle, name: "member", display_name: "Member" };
    let options = creation_options(&party, user, &CHALLENGE, &wanted, &[]);
    let response = RegistrationResponse::read(&device.register(&options, &origin)).expect("a registration");
    let ceremony = RegistrationCeremony {
        relying_party: &party,
        challenge: &CHALLENGE,
        user_verification,
        attestation: AttestationPolicy::None,
        now: Machine.now(),
    };
    verify_registration(&ceremony, &response).expect("a good registration")
}

fn row(user: &User, new: NewCredential) -> SecurityKey {
    let now = Machine.now();
    SecurityKey {
        id: FactorId::new(now, &Machine),
        user_id: user.id,
        credential_id: new.credential_id,
        rp_id: RP_ID.to_owned(),
        kind: KeyKind::SecurityKey,
        name: "Security key".to_owned(),
        public_key: new.public_key,
        algorithm: new.algorithm,
        sign_count: new.sign_count,
        user_verified: new.user_verified,
        backup_eligible: new.backup_eligible,
        backed_up: new.backed_up,
        aaguid: new.aaguid,
        transports: new.transports,
        attestation: new.attestation.to_owned(),
        counter_alert_at: None,
        discovered_at: None,
        limited_until: None,
        created_at: now,
        last_used_at: None,
    }
}
