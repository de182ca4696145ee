//! What people saw, to be compared with what others did.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Ids of sessions by who saw them as their own.
#[derive(Default)]
pub struct Board {
    sessions: Mutex<HashMap<String, usize>>,
    attempts: AtomicUsize,
}

impl Board {
    /// Somebody saw a session as their own. Ends the test when another did before.
    pub fn saw(&self, person: usize, session: &str) {
        let other = *self.sessions.lock().unwrap().entry(session.to_owned()).or_insert(person);
        assert_eq!(other, person, "session {session} is shown to two people");
    }

    /// A session of somebody else, which is about to be tried. The nearer their numbers, the sooner it is.
    pub fn session_of_another(&self, person: usize) -> Option<String> {
        let sessions = self.sessions.lock().unwrap();
        let others = sessions.iter().filter(|(_, owner)| **owner != person);
        let (id, _) = others.min_by_key(|(id, owner)| (owner.abs_diff(person), (*id).clone()))?;
        self.attempts.fetch_add(1, Ordering::Relaxed);
        Some(id.clone())
    }

    /// How often sessions of others were tried.
    pub fn attempts_on_others(&self) -> usize {
        self.attempts.load(Ordering::Relaxed)
    }
}
