//! What is nobody's fault, in the errors of use cases.

/// A fault of the database is [`Internal`](crate::Internal) to a use case whose error has a variant of that name.
macro_rules! store_faults_are_internal {
    ($error:ty) => {
        impl From<twinlock_store::StoreError> for $error {
            fn from(error: twinlock_store::StoreError) -> Self {
                Self::Internal(error.into())
            }
        }
    };
}
