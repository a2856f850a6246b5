//! The words that the database keeps for what is one of a few.

use shared::resources::{
    EventActor, SecurityEventKind, SessionStatus, Strategy, VerificationLevel,
};

use super::{BackupCodeKind, SignInStage, StepUpStage, error::Unreadable};

/// Defines the words of a type, and both ways between them.
macro_rules! texts {
    ($($(#[$doc:meta])* $write:ident, $read:ident: $type:ty, $column:literal {
        $($variant:ident = $text:literal,)*
    })*) => {$(
        $(#[$doc])*
        pub(crate) const fn $write(value: $type) -> &'static str {
            match value {
                $(<$type>::$variant => $text,)*
            }
        }

        pub(super) fn $read(text: String) -> Result<$type, Unreadable> {
            match text.as_str() {
                $($text => Ok(<$type>::$variant),)*
                _ => Err(Unreadable {
                    column: $column,
                    value: text,
                }),
            }
        }
    )*};
}

texts! {
    /// As the database keeps a status. `Expired` is told by the times, so it is never written: the
    /// table refuses it.
    status_text, status: SessionStatus, "sessions.status" {
        Active = "active",
        Pending = "pending",
        Expired = "expired",
        Removed = "removed",
        Ended = "ended",
        Revoked = "revoked",
    }

    /// As the database keeps the stage of a sign-in.
    stage_text, stage: SignInStage, "sign_ins.stage" {
        NeedsFirstFactor = "needs_first_factor",
        NeedsNewPassword = "needs_new_password",
        NeedsSecondFactor = "needs_second_factor",
        Complete = "complete",
    }

    /// As the database keeps the level of a step-up.
    level_text, level: VerificationLevel, "step_ups.level" {
        FirstFactor = "first_factor",
        SecondFactor = "second_factor",
        MultiFactor = "multi_factor",
    }

    /// As the database keeps the stage of a step-up.
    step_up_stage_text, step_up_stage: StepUpStage, "step_ups.stage" {
        NeedsFirstFactor = "needs_first_factor",
        NeedsSecondFactor = "needs_second_factor",
    }

    /// As the database keeps the kind of an event.
    event_kind_text, event_kind: SecurityEventKind, "events.kind" {
        SignUp = "sign_up",
        SignIn = "sign_in",
        AttemptFailed = "attempt_failed",
        AccountLocked = "account_locked",
        AccountUnlocked = "account_unlocked",
        StepUp = "step_up",
        TotpCreated = "totp_created",
        TotpVerified = "totp_verified",
        TotpRemoved = "totp_removed",
        BackupCodesCreated = "backup_codes_created",
        SessionEnded = "session_ended",
        SettingsChanged = "settings_changed",
        AccountBanned = "account_banned",
        AccountUnbanned = "account_unbanned",
        AccountDeleted = "account_deleted",
        BackupCodesRemoved = "backup_codes_removed",
        FactorVerified = "factor_verified",
        PasswordReset = "password_reset",
        PasswordChanged = "password_changed",
        KeysRotated = "keys_rotated",
    }

    /// As the database and the log keep whose part an event is. The user's own has no word in the
    /// database.
    actor_text, actor: EventActor, "events.actor" {
        User = "user",
        BackEndApi = "back_end_api",
        Administrator = "administrator",
        CommandLine = "command_line",
    }

    /// As the database keeps whose backup codes a set has.
    backup_code_kind_text, backup_code_kind: BackupCodeKind, "backup_code_sets.kind" {
        Own = "own",
        Imported = "imported",
        ImportedBcrypt = "imported_bcrypt",
    }

    /// As the database keeps a factor.
    strategy_text, strategy: Strategy, "events.strategy" {
        Password = "password",
        Totp = "totp",
        BackupCode = "backup_code",
        ResetPasswordEmailCode = "reset_password_email_code",
        EmailCode = "email_code",
    }
}
