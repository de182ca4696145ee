//! The files that make the schema, oldest first.

/// A migration.
pub(crate) struct File {
    /// Its name, without the ending.
    pub(crate) name: &'static str,
    /// SQL in PostgreSQL's words.
    pub(crate) text: &'static str,
}

macro_rules! files {
    ($($name:literal,)*) => {
        &[$(File { name: $name, text: include_str!(concat!("migration/", $name, ".sql")) }),*]
    };
}

pub(crate) const FILES: &[File] = files![
    "0001_accounts_and_two_locks",
    "0002_security_keys",
    "0003_spent_steps",
    "0004_policy_and_people",
    "0005_lists_of_people",
    "0006_audit",
    "0007_organisations",
    "0008_readiness",
    "0009_codes_in_one_tree",
    "0010_tries_and_saved_codes",
    "0011_counted_and_repeated",
    "0012_keys_that_never_change",
    "0013_words_of_another",
    "0014_letters_and_invited",
    "0015_one_live_token",
    "0016_repeated_forms",
    "0017_reminders_by_index",
    "0018_room_for_apps",
    "0019_one_spelling",
];

/// The name of the newest one.
pub(crate) fn newest() -> &'static str {
    FILES.last().map_or("", |file| file.name)
}
