//! What is short-lived, and what ends it: the one list.
//!
//! Listed is what opens something for a while. What holds somebody back for a while is not: a wait, a limit, a budget, an
//! invitation of an operator that waits for another one's word. An ending that took it away would let somebody in.
//! `store/tests/contract/short_lived.rs` has every other table and column, with the reason why it is none of these.

use super::{
    Act::{Delete, Set},
    End::{
        Change, ClockSetBack, Enforcement, NewAddress, Opened, Restore, SignOut, SignOutEverywhere,
        Suspension,
    },
    Entry, Over, Owner, Rule,
};

/// How long a session that is over is remembered, in seconds: its address counts as known meanwhile.
pub(super) const REMEMBERED_SECS: i64 = 90 * 86_400;

/// In the order in which it is ended. Where people are not held already, nothing else orders it.
pub(super) static REGISTRY: [Entry; 10] = [
    Entry {
        table: "sessions",
        columns: &[],
        owner: Owner::Person,
        session: Some("id"),
        rules: &[
            Rule {
                by: &[SignOut, SignOutEverywhere, Enforcement, Change, Suspension, Restore],
                act: Set("ended_at = :now"),
                only: Some("ended_at IS NULL"),
            },
            // Those that were over, and those that proved something so lately that the proof would be fresh again.
            Rule {
                by: &[ClockSetBack],
                act: Set("ended_at = :now"),
                only: Some(
                    "ended_at IS NULL AND (expires_at <= :was OR last_used_at <= :idle OR created_at > :fresh \
                     OR id IN (SELECT session_id FROM session_tokens WHERE created_at > :fresh))",
                ),
            },
        ],
        over: Some(Over { key: "id", when: "expires_at < :remembered" }),
    },
    // They stand for nothing without an open session, and so end with theirs. Those that another replaced would have their
    // minute again where the clock is set back.
    Entry {
        table: "session_tokens",
        columns: &[],
        owner: Owner::Through { column: "session_id", parent: "sessions" },
        session: Some("session_id"),
        rules: &[Rule { by: &[ClockSetBack], act: Delete, only: Some("ends_at IS NOT NULL") }],
        over: Some(Over {
            key: "id",
            when: "session_id IN (SELECT id FROM sessions WHERE expires_at < :now)",
        }),
    },
    // Whatever ends a session ends them with it.
    Entry {
        table: "shown_codes",
        columns: &[],
        owner: Owner::Through { column: "set_id", parent: "recovery_sets" },
        session: Some("session_id"),
        rules: &[Rule {
            by: &[SignOut, SignOutEverywhere, Enforcement, Change, Suspension, Restore, ClockSetBack],
            act: Delete,
            only: None,
        }],
        over: Some(Over { key: "set_id", when: "expires_at <= :now" }),
    },
    // Not by `Enforcement`: the policy is asked at the last step, so who is half-way in meets the new one. One that was
    // used up opens nothing, and stays while a form that comes twice is recognised by it (ADR 0021).
    Entry {
        table: "pending_logins",
        columns: &[],
        owner: Owner::Person,
        session: None,
        rules: &[
            Rule {
                by: &[SignOutEverywhere, Change, Suspension, Restore],
                act: Delete,
                only: Some("used_at IS NULL"),
            },
            // Their time is not moved: none may be left to last longer than it was to.
            Rule { by: &[ClockSetBack], act: Delete, only: None },
        ],
        over: Some(Over { key: "id", when: "expires_at < :now" }),
    },
    // Not by `Enforcement`: it belongs to a session, and is worth nothing where that one has ended.
    Entry {
        table: "totp_candidates",
        columns: &[],
        owner: Owner::Person,
        session: None,
        rules: &[Rule {
            by: &[SignOutEverywhere, Change, Suspension, Restore, ClockSetBack],
            act: Delete,
            only: None,
        }],
        over: Some(Over { key: "user_id", when: "expires_at < :now" }),
    },
    // Not by `SignOutEverywhere`: what was mailed is no sign-in, and who signs out everywhere still wants the mail they asked
    // for. One that was used stays, as a half-finished login does.
    Entry {
        table: "links",
        columns: &[],
        owner: Owner::Person,
        session: None,
        rules: &[
            Rule { by: &[Opened, Change, Suspension, Restore], act: Delete, only: Some("used_at IS NULL") },
            // A code that was handed over because there was no address to send one to. Resets still go to the earlier
            // address for a while, so their links stay.
            Rule { by: &[NewAddress], act: Delete, only: Some("purpose = 'enrollment' AND used_at IS NULL") },
            // The others keep the time that they had left: see `store/src/clock.rs`.
            Rule { by: &[ClockSetBack], act: Delete, only: Some("expires_at <= :was") },
        ],
        over: Some(Over { key: "token_hash", when: "expires_at < :now" }),
    },
    // Not by `SignOutEverywhere`: the session or half-finished login that was asked is over.
    Entry {
        table: "webauthn_challenges",
        columns: &[],
        owner: Owner::Person,
        session: None,
        rules: &[Rule { by: &[Change, Suspension, Restore, ClockSetBack], act: Delete, only: None }],
        over: Some(Over { key: "id", when: "expires_at < :now" }),
    },
    // The code ends and its row stays, always: it counts what was sent, and no ending gives that ration back.
    Entry {
        table: "mail_codes",
        columns: &[],
        owner: Owner::Person,
        session: None,
        rules: &[Rule {
            by: &[Change, NewAddress, Suspension, Restore, ClockSetBack],
            act: Set("expires_at = 0"),
            only: None,
        }],
        over: None,
    },
    // Which browsers are known, and that an enrollment was opened by a code.
    Entry {
        table: "users",
        columns: &["browser_generation", "enrollment_given_at", "enrollment_given_by"],
        owner: Owner::Account,
        session: None,
        rules: &[
            Rule {
                by: &[Change, Suspension],
                act: Set("browser_generation = browser_generation + 1, \
                     enrollment_given_by = NULL, enrollment_given_at = NULL"),
                only: None,
            },
            // After the copy was made other generations may have come, whose cookies are about. No generation was ever as
            // high as the time in milliseconds.
            Rule {
                by: &[Restore],
                act: Set("browser_generation = CASE WHEN browser_generation < :now THEN :now \
                     ELSE browser_generation + 1 END, enrollment_given_by = NULL, enrollment_given_at = NULL"),
                only: None,
            },
            Rule {
                by: &[NewAddress, ClockSetBack],
                act: Set("enrollment_given_by = NULL, enrollment_given_at = NULL"),
                only: Some("enrollment_given_at IS NOT NULL"),
            },
        ],
        over: None,
    },
    // A password that somebody else chose: its owner's first change clears this, and what has lapsed stays lapsed.
    Entry {
        table: "users",
        columns: &["password_given_at"],
        owner: Owner::Account,
        session: None,
        rules: &[Rule {
            by: &[ClockSetBack],
            act: Set("password_given_at = 0"),
            only: Some("password_given_at <= :lapsed"),
        }],
        over: None,
    },
];
