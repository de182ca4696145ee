//! Reading columns into domain types, and binding domain types as parameters.

use sea_orm::{QueryResult, TryGetable, Value};
use twinlock_core::{
    clock::Timestamp,
    ids::{
        ChallengeId, CodeSetId, EventId, FactorId, MailId, PendingLoginId, SessionId, TenantId, TokenId,
        UserId,
    },
};
use uuid::Uuid;

use crate::StoreError;

/// A row of which only its being there counts.
pub(crate) struct Found;

impl FromRow for Found {
    fn from_row(_: &Row) -> Result<Self, StoreError> {
        Ok(Self)
    }
}

/// One row of an answer.
pub struct Row(pub(crate) QueryResult);

impl Row {
    fn get<T: TryGetable>(&self, column: &str) -> Result<T, StoreError> {
        Ok(self.0.try_get("", column)?)
    }

    /// A UUID wrapped in one of the id types.
    pub fn id<T: From<Uuid>>(&self, column: &str) -> Result<T, StoreError> {
        Ok(T::from(self.get::<Uuid>(column)?))
    }

    /// An optional UUID.
    pub fn opt_uuid(&self, column: &str) -> Result<Option<Uuid>, StoreError> {
        self.get(column)
    }

    /// A text.
    pub fn text(&self, column: &str) -> Result<String, StoreError> {
        self.get(column)
    }

    /// A text that may be absent.
    pub fn opt_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        self.get(column)
    }

    /// A number.
    pub fn int(&self, column: &str) -> Result<i64, StoreError> {
        self.get(column)
    }

    /// A number that may be absent.
    pub fn opt_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        self.get(column)
    }

    /// A count; negative numbers read as zero.
    pub fn count(&self, column: &str) -> Result<u32, StoreError> {
        Ok(u32::try_from(self.int(column)?.max(0)).unwrap_or(u32::MAX))
    }

    /// An instant.
    pub fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        Ok(Timestamp::from_millis(self.int(column)?))
    }

    /// An instant that may be absent.
    pub fn opt_time(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.opt_int(column)?.map(Timestamp::from_millis))
    }

    /// Bytes.
    pub fn bytes(&self, column: &str) -> Result<Vec<u8>, StoreError> {
        self.get(column)
    }

    /// Bytes that may be absent.
    pub fn opt_bytes(&self, column: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(column)
    }

    /// A yes or no, stored as 1 or 0.
    pub fn flag(&self, column: &str) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    /// A JSON value, or the text form of an enumeration, through `parse`.
    pub fn parsed<T>(
        &self,
        column: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        parse(&self.text(column)?).ok_or(StoreError::Corrupt(column))
    }
}

/// What can be read from a row.
pub trait FromRow: Sized {
    /// Reads it.
    fn from_row(row: &Row) -> Result<Self, StoreError>;
}

/// What can be a parameter.
pub trait Bind {
    /// As the database driver wants it.
    fn bind(self) -> Value;
}

macro_rules! bind_ids {
    ($($name:ident),*) => {$(
        impl Bind for $name {
            fn bind(self) -> Value { self.0.into() }
        }
        impl Bind for Option<$name> {
            fn bind(self) -> Value { self.map(|id| id.0).into() }
        }
    )*};
}
bind_ids!(
    TenantId,
    UserId,
    SessionId,
    TokenId,
    FactorId,
    CodeSetId,
    PendingLoginId,
    ChallengeId,
    EventId,
    MailId
);

macro_rules! bind_plain {
    ($($type:ty),*) => {$(
        impl Bind for $type {
            fn bind(self) -> Value { self.into() }
        }
    )*};
}
bind_plain!(i64, Uuid, Option<Uuid>, String, Option<String>, Vec<u8>, Option<Vec<u8>>, Option<i64>);

impl Bind for &str {
    fn bind(self) -> Value {
        self.to_owned().into()
    }
}

impl Bind for &String {
    fn bind(self) -> Value {
        self.clone().into()
    }
}

impl Bind for Option<&str> {
    fn bind(self) -> Value {
        self.map(str::to_owned).into()
    }
}

impl Bind for &[u8] {
    fn bind(self) -> Value {
        self.to_vec().into()
    }
}

impl Bind for bool {
    fn bind(self) -> Value {
        i64::from(self).into()
    }
}

impl Bind for u32 {
    fn bind(self) -> Value {
        i64::from(self).into()
    }
}

impl Bind for Timestamp {
    fn bind(self) -> Value {
        self.millis().into()
    }
}

impl Bind for Option<Timestamp> {
    fn bind(self) -> Value {
        self.map(Timestamp::millis).into()
    }
}

/// A parameter list: `params![user, now, "text"]`.
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$($crate::row::Bind::bind($value)),*] };
}
pub(crate) use params;
