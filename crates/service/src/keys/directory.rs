//! Key files: `<id>.key`, 64 hexadecimal digits, readable by their owner only.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{Key, KeyError};

/// The directory of the key files.
#[derive(Debug, Clone)]
pub struct KeyDirectory(PathBuf);

impl KeyDirectory {
    /// A directory that need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn file(&self, id: &str) -> PathBuf {
        self.0.join(format!("{id}.key"))
    }

    /// The key of this id; none without a file.
    pub(super) fn read(&self, id: &str) -> Result<Option<Key>, KeyError> {
        // The id comes from the database; it must not lead elsewhere.
        if !is_id(id) {
            return Ok(None);
        }
        let file = self.file(id);
        match fs::read_to_string(&file) {
            Ok(text) => {
                warn_if_open(&file);
                decode(&Zeroizing::new(text)).map(Some).ok_or(KeyError::Malformed(file))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(KeyError::Malformed(file)),
            Err(error) => Err(KeyError::Unreadable(file, error)),
        }
    }

    /// The ids of all keys of the directory; none without a directory.
    pub fn ids(&self) -> Result<Vec<String>, KeyError> {
        let unreadable = |error| KeyError::Unreadable(self.0.clone(), error);
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry.map_err(unreadable)?.file_name();
            ids.extend(name.to_str().and_then(|name| name.strip_suffix(".key")).map(str::to_owned));
        }
        Ok(ids)
    }

    /// All keys of the directory, by id; ids rise with time.
    pub(super) fn all(&self) -> Result<BTreeMap<String, Key>, KeyError> {
        let mut keys = BTreeMap::new();
        for id in self.ids()? {
            if let Some(key) = self.read(&id)? {
                keys.insert(id, key);
            }
        }
        Ok(keys)
    }

    /// Writes a new key durably, making the directory where it is missing.
    pub(super) fn write(&self, id: &str, key: &Key) -> Result<(), KeyError> {
        let file = self.file(id);
        self.write_new(&file, key).map_err(|error| KeyError::Unreadable(file, error))
    }

    fn write_new(&self, file: &Path, key: &Key) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
        let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
        open.write_all(encode(key).as_bytes())?;
        open.sync_all()?;
        File::open(&self.0)?.sync_all()
    }
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn warn_if_open(file: &Path) {
    let open = fs::metadata(file).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0);
    if open {
        tracing::warn!(file = %file.display(), "other users of this machine can read a master key: chmod 600");
    }
}

fn encode(key: &Key) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(65));
    for byte in key.iter() {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
        }
    }
    text.push('\n');
    text
}

fn decode(text: &str) -> Option<Key> {
    let digits = text.trim_end().as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut key = Zeroizing::new([0_u8; 32]);
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = char::from(*digit).to_digit(16)?;
            *byte = (*byte << 4) | u8::try_from(value).ok()?;
        }
    }
    Some(key)
}
