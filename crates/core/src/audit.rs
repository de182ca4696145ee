//! What is written into the audit log.

use crate::user::text_form;

/// What happened. The text form is stable: filters and exports depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum EventKind {
    SignInPasswordAccepted,
    SignInSucceeded,
    SignInEnrollmentDue,
    SignInPasswordRefused,
    SignInCodeRefused,
    SignInCodeReplayed,
    SignInKeyRefused,
    SignInThrottled,
    CodesBlocked,
    SignedOut,
    SessionEnded,
    SessionsEnded,
    OtherTenantRefused,
    StepUpSucceeded,
    StepUpRefused,
    StepUpThrottled,
    AccessRefused,
    MfaSetupStarted,
    MfaSetupRefused,
    EnrollmentCodeSent,
    EnrollmentProofGiven,
    EnrollmentProofRefused,
    MfaEnabled,
    MfaDisabled,
    FactorAdded,
    FactorRenamed,
    FactorRemoved,
    KeyCounterWentBack,
    KeySignsInAlone,
    PreferredMethodChanged,
    RecoveryCodeUsed,
    RecoveryCodesRegenerated,
    RecoveryCodesSaved,
    MailCodeSent,
    PasswordChanged,
    PasswordResetRequested,
    PasswordReset,
    InvitationSent,
    InvitationAccepted,
    ProfileChanged,
    EmailChangeRequested,
    EmailConfirmed,
    TenantCreated,
    TenantSettingsChanged,
    TenantRenamed,
    TenantSuspended,
    TenantResumed,
    TenantDeletionPlanned,
    TenantRestored,
    TenantDeleted,
    UserCreated,
    UserRenamed,
    UserRoleChanged,
    UserStatusChanged,
    UserUnlocked,
    OperatorApproved,
    MfaDeadlineChanged,
    MfaReminderSent,
    UserDeleted,
    MfaReset,
    SetupCompleted,
    KeysRotated,
    ClockSetBack,
    ServerMfaOff,
    Restored,
}

text_form!(EventKind {
    SignInPasswordAccepted => "sign_in.password_accepted",
    SignInSucceeded => "sign_in.succeeded",
    SignInEnrollmentDue => "sign_in.enrollment_due",
    SignInPasswordRefused => "sign_in.password_refused",
    SignInCodeRefused => "sign_in.code_refused",
    SignInCodeReplayed => "sign_in.code_replayed",
    SignInKeyRefused => "sign_in.key_refused",
    SignInThrottled => "sign_in.throttled",
    CodesBlocked => "sign_in.codes_blocked",
    SignedOut => "session.signed_out",
    SessionEnded => "session.ended",
    SessionsEnded => "session.others_ended",
    OtherTenantRefused => "session.other_tenant_refused",
    StepUpSucceeded => "step_up.succeeded",
    StepUpRefused => "step_up.refused",
    StepUpThrottled => "step_up.throttled",
    AccessRefused => "access.refused",
    MfaSetupStarted => "mfa.setup_started",
    MfaSetupRefused => "mfa.setup_refused",
    EnrollmentCodeSent => "mfa.enrollment_code_sent",
    EnrollmentProofGiven => "mfa.enrollment_proof_given",
    EnrollmentProofRefused => "mfa.enrollment_proof_refused",
    MfaEnabled => "mfa.enabled",
    MfaDisabled => "mfa.disabled",
    FactorAdded => "mfa.factor_added",
    FactorRenamed => "mfa.factor_renamed",
    FactorRemoved => "mfa.factor_removed",
    KeyCounterWentBack => "mfa.key_counter_went_back",
    KeySignsInAlone => "mfa.key_signs_in_alone",
    PreferredMethodChanged => "mfa.preferred_method_changed",
    RecoveryCodeUsed => "mfa.recovery_code_used",
    RecoveryCodesRegenerated => "mfa.recovery_codes_regenerated",
    RecoveryCodesSaved => "mfa.recovery_codes_saved",
    MailCodeSent => "account.mail_code_sent",
    PasswordChanged => "account.password_changed",
    PasswordResetRequested => "account.password_reset_requested",
    PasswordReset => "account.password_reset",
    InvitationSent => "account.invitation_sent",
    InvitationAccepted => "account.invitation_accepted",
    ProfileChanged => "account.profile_changed",
    EmailChangeRequested => "account.email_change_requested",
    EmailConfirmed => "account.email_confirmed",
    TenantCreated => "tenant.created",
    TenantSettingsChanged => "tenant.settings_changed",
    TenantRenamed => "tenant.renamed",
    TenantSuspended => "tenant.suspended",
    TenantResumed => "tenant.resumed",
    TenantDeletionPlanned => "tenant.deletion_planned",
    TenantRestored => "tenant.restored",
    TenantDeleted => "tenant.deleted",
    UserCreated => "user.created",
    UserRenamed => "user.renamed",
    UserRoleChanged => "user.role_changed",
    UserStatusChanged => "user.status_changed",
    UserUnlocked => "user.unlocked",
    OperatorApproved => "user.operator_approved",
    MfaDeadlineChanged => "user.mfa_deadline_changed",
    MfaReminderSent => "user.mfa_reminder_sent",
    UserDeleted => "user.deleted",
    MfaReset => "user.mfa_reset",
    SetupCompleted => "server.setup_completed",
    KeysRotated => "server.keys_rotated",
    ClockSetBack => "server.clock_set_back",
    ServerMfaOff => "server.mfa_switched_off",
    Restored => "server.restored",
});

impl EventKind {
    /// What it is about: the first word of the text form.
    pub fn group(self) -> &'static str {
        self.as_str().split('.').next().unwrap_or_default()
    }

    /// Whether it is a refusal, which whoever is refused can repeat as often as they like: what one source repeats
    /// within a minute is one event with a count. What was done is never summed up.
    pub fn is_refusal(self) -> bool {
        use EventKind as E;
        matches!(
            self,
            E::SignInPasswordRefused
                | E::SignInCodeRefused
                | E::SignInCodeReplayed
                | E::SignInKeyRefused
                | E::SignInThrottled
                | E::OtherTenantRefused
                | E::StepUpRefused
                | E::StepUpThrottled
                | E::AccessRefused
                | E::MfaSetupRefused
                | E::EnrollmentProofRefused
        )
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum ActorKind {
    /// Somebody who has not proven who they are.
    Anonymous,
    /// A person with an account in the organisation that the event is about.
    User,
    /// An operator of the server, on an organisation that is not theirs.
    Operator,
    /// The operator at the command line.
    CommandLine,
    /// The server itself.
    System,
}

text_form!(ActorKind {
    Anonymous => "anonymous",
    User => "user",
    Operator => "operator",
    CommandLine => "command_line",
    System => "system",
});

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever adds a refusal decides here that it may be repeated without end.
    #[test]
    fn what_is_refused_or_throttled_may_be_repeated_and_nothing_else() {
        for kind in EventKind::ALL {
            let word = kind.as_str().rsplit(['.', '_']).next().unwrap();
            assert_eq!(kind.is_refusal(), ["refused", "throttled", "replayed"].contains(&word), "{kind:?}");
        }
    }
}
