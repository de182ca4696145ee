//! Places in lists of people, as bytes of a cursor.

use twinlock_core::ids::UserId;
use twinlock_service::people::{After, Position};
use uuid::Uuid;

/// The id, and the word of a search.
pub fn bytes(after: &After) -> Vec<u8> {
    match after {
        After::Person(user) => user.0.as_bytes().to_vec(),
        After::Found(Position { word, user }) => [user.0.as_bytes(), word.as_bytes()].concat(),
    }
}

/// The place of these bytes; `None` for bytes of another list.
pub fn read(bytes: &[u8]) -> Option<After> {
    let (id, word) = bytes.split_at_checked(16)?;
    let user = UserId(Uuid::from_slice(id).ok()?);
    let word = String::from_utf8(word.to_vec()).ok()?;
    Some(if word.is_empty() { After::Person(user) } else { After::Found(Position { word, user }) })
}
