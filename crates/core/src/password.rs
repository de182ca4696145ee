//! Passwords.
