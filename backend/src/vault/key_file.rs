//! A further key for a key file.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, fchown},
    path::Path,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::keyring::{KEY_BYTES, KeyError, KeyId, Keyring};
use crate::random::{self, Random};

/// Which place in the file a new key gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewKey {
    /// The first: it seals from now on.
    First,
    /// The last: it opens, and seals nothing yet.
    Last,
}

/// Puts a new key into the file; the other keys, comments, owner and mode 0600 stay. The file is
/// replaced whole, so whoever reads it meanwhile, or a crash, finds the old one or the new one.
/// `None` where there is no such file.
pub fn add_key(path: &Path, place: NewKey, random: &dyn Random) -> Result<Option<KeyId>, KeyError> {
    let failed = |source| KeyError::File {
        path: path.to_owned(),
        source,
    };
    let Some(known) = locked(path).map_err(failed)? else {
        return Ok(None);
    };
    // Nothing is added to what is no key file, or is one that others can read.
    if Keyring::read(path)?.is_none() {
        return Ok(None);
    }
    let key = Zeroizing::new(random::bytes::<KEY_BYTES>(random));
    let line = Zeroizing::new(URL_SAFE_NO_PAD.encode(*key));
    let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
    let text = with_line(&text, &line, place);
    replace(path, &known, &text, random).map_err(failed)?;
    Ok(Some(Keyring::parse(&line)?.ids()[0]))
}

/// The file, held until it is dropped, so that of two who add a key at once neither takes the other's
/// away; `None` where there is none.
fn locked(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        file.lock()?;
        // Whoever had it before may have put another file in its place.
        if fs::metadata(path)?.ino() == file.metadata()?.ino() {
            return Ok(Some(file));
        }
    }
}

/// The text of a key file with a line more: before the first key, or at the end.
#[doc(hidden)]
pub fn with_line(text: &str, line: &str, place: NewKey) -> Zeroizing<String> {
    let is_key = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let mut lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(is_key);
    match place {
        NewKey::First => lines.insert(first.unwrap_or(lines.len()), line),
        NewKey::Last => lines.push(line),
    }
    let mut text = Zeroizing::new(String::with_capacity(text.len() + line.len() + 2));
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// Puts a file of the same owner in the place of `known`, which lies at `path`.
fn replace(path: &Path, known: &File, text: &str, random: &dyn Random) -> io::Result<()> {
    // A link, as deployments make them, goes on pointing where it points.
    let path = &fs::canonicalize(path)?;
    let suffix: [u8; 6] = random::bytes(random);
    let draft = path.with_extension(format!("new-{}", URL_SAFE_NO_PAD.encode(suffix)));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| {
            let (owner, own) = (known.metadata()?, file.metadata()?);
            if (owner.uid(), owner.gid()) != (own.uid(), own.gid()) {
                fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
            }
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&draft);
        return written;
    }
    // The new name must outlive a power failure before anything is sealed with the key.
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt, thread};

    use super::*;
    use crate::random::OperatingSystem;

    #[test]
    fn a_new_key_comes_first_or_last_and_all_others_stay() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        let made = Keyring::create(&path, &OperatingSystem).unwrap().ids();
        let add = |place| add_key(&path, place, &OperatingSystem).unwrap().unwrap();
        let first = add(NewKey::First);
        let last = add(NewKey::Last);
        assert_eq!(
            Keyring::read(&path).unwrap().unwrap().ids(),
            [first, made[0], last]
        );
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# Twofold's"), "comments stay: {text}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn of_eight_keys_added_at_once_none_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        Keyring::create(&path, &OperatingSystem).unwrap();
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| add_key(&path, NewKey::First, &OperatingSystem).unwrap());
            }
        });
        assert_eq!(Keyring::read(&path).unwrap().unwrap().ids().len(), 9);
    }

    #[test]
    fn a_file_that_is_missing_or_open_to_others_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        assert_eq!(
            add_key(&path, NewKey::First, &OperatingSystem).unwrap(),
            None
        );
        Keyring::create(&path, &OperatingSystem).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let before = fs::read_to_string(&path).unwrap();
        assert!(matches!(
            add_key(&path, NewKey::First, &OperatingSystem),
            Err(KeyError::Mode { .. })
        ));
        assert_eq!(fs::read_to_string(&path).unwrap(), before);
    }
}
