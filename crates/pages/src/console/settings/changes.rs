//! What a change of the settings changes, for words.

use serde_json::{Value, json};
use twinlock_core::tenant::Settings;
use twinlock_service::security_keys::device::DeviceNames;
use uuid::Uuid;

use crate::view::{
    console::settings::{Change, Told},
    moment::Span,
};

/// What differs. When the requirement began is no setting of its own.
pub(super) fn of(before: &Settings, after: &Settings, names: &DeviceNames) -> Vec<Change> {
    let (old, new) = (json!(before), json!(after));
    let members = old.as_object().into_iter().flatten();
    members
        .filter(|(name, _)| name.as_str() != "mfa_enforced_at")
        .filter_map(|(name, was)| {
            let is = new.get(name).filter(|is| *is != was)?;
            Some(Change { setting: name.clone(), old: told(name, was, names), new: told(name, is, names) })
        })
        .collect()
}

fn told(name: &str, value: &Value, names: &DeviceNames) -> Told {
    match value {
        Value::Bool(flag) => Told::Flag(*flag),
        Value::Number(number) => lasts(name, number.as_u64().unwrap_or_default()),
        Value::Array(values) => {
            let texts = values.iter().filter_map(Value::as_str);
            Told::Words(texts.map(|text| make(text, names).unwrap_or_else(|| text.to_owned())).collect())
        }
        Value::String(word) => Told::Word(word.clone()),
        other => Told::Word(other.to_string()),
    }
}

fn lasts(name: &str, count: u64) -> Told {
    match name.rsplit_once('_').map(|(_, unit)| unit) {
        Some("minutes") => Told::Lasts(Span::of_minutes(count)),
        Some("hours") => Told::Lasts(Span::of_minutes(count.saturating_mul(60))),
        Some("days") => Told::Lasts(Span::Days(count)),
        _ => Told::Number(count),
    }
}

/// The name of a make, where the text is the id of one that is known.
fn make(text: &str, names: &DeviceNames) -> Option<String> {
    names.known(Uuid::parse_str(text).ok()?).map(str::to_owned)
}

/// Whether a change is one of whom is asked for a second factor.
pub(super) fn touch_policy(before: &Settings, after: &Settings) -> bool {
    let policy = |settings: &Settings| {
        (settings.mfa_required, settings.mfa_grace_period_days, settings.mfa_allowed_methods)
    };
    let admins = |settings: &Settings| (settings.mfa_required_for_admins, settings.mfa_allowed_methods);
    if after.mfa_required_for_admins && admins(before) != admins(after) {
        return true;
    }
    policy(before) != policy(after) && (before.mfa_required || after.mfa_required || after.narrows(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_as_what_they_are() {
        let names = DeviceNames::built_in();
        let before = Settings::default();
        let yubikey = Uuid::from_u128(0x2fc0_579f_8113_47ea_b116_bb5a_8db9_202a);
        let after = Settings {
            mfa_required: true,
            mfa_enforced_at: Some(twinlock_core::clock::Timestamp::from_secs(1)),
            mfa_grace_period_days: 7,
            session_lifetime_minutes: 480,
            webauthn_allowed_aaguids: vec![yubikey],
            ..before.clone()
        };
        let changes = of(&before, &after, &names);
        let told: Vec<_> = changes.into_iter().map(|change| (change.setting, change.new)).collect();
        let expected = [
            ("mfa_required", Told::Flag(true)),
            ("mfa_grace_period_days", Told::Lasts(Span::Days(7))),
            ("session_lifetime_minutes", Told::Lasts(Span::Hours(8))),
            ("webauthn_allowed_aaguids", Told::Words(vec![names.name(yubikey).to_owned()])),
        ];
        assert_eq!(told, expected.map(|(name, value)| (name.to_owned(), value)));
    }
}
