//! Second factors: candidate → confirmed → proof.
