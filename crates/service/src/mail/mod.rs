//! Mails: composed in the transaction they tell about, sealed into the outbox, delivered afterwards.
