//! Whether anybody but the server can read what is its own.

use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

use secrecy::ExposeSecret;

use super::Finding;
use crate::{config::Config, store};

pub(super) fn look(config: &Config) -> Finding {
    let name = "permissions";
    let folder = &config.data_dir;
    let about = match fs::metadata(folder) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let detail = format!("{} does not exist yet", folder.display());
            return Finding::warning(name, detail, "The server makes it at its first start.");
        }
        Err(error) => {
            let detail = format!("{}: {error}", folder.display());
            return Finding::failed(
                name,
                detail,
                "Run this as the user that the server runs as.",
            );
        }
    };
    let (mut wrong, mut fix) = (Vec::new(), Vec::new());
    let mut foreign = false;
    if !about.is_dir() {
        return Finding::failed(
            name,
            format_args!("{} is no folder", folder.display()),
            "Set TWOFOLD_DATA_DIR to a folder.",
        );
    }
    let database = store::sqlite_path(config.database_url().expose_secret());
    let keys = config.keys.is_none().then(|| config.keys_file());
    let private = [Some(folder.clone()), keys, Some(config.mails_dir())];
    for path in private.into_iter().flatten().chain(database) {
        // What is not there yet is made with the right mode.
        let Ok(it) = fs::metadata(&path) else {
            continue;
        };
        if it.mode() & 0o077 != 0 {
            wrong.push(format!(
                "{} has mode {:04o}",
                path.display(),
                it.mode() & 0o7777
            ));
            fix.push(format!("chmod go= {}", path.display()));
        }
        if it.uid() != about.uid() && is_inside(&path, folder) {
            foreign = true;
            wrong.push(format!("{} has another owner", path.display()));
            fix.push(format!(
                "chown --reference={} {}",
                folder.display(),
                path.display()
            ));
        }
    }
    let advice = format!("Run: {}", fix.join("; "));
    if foreign {
        // The server cannot use what is somebody else's.
        Finding::failed(name, wrong.join("; "), advice)
    } else if !wrong.is_empty() {
        Finding::warning(name, wrong.join("; "), advice)
    } else {
        let detail = format_args!("{} is its owner's alone", folder.display());
        Finding::ok(name, detail)
    }
}

fn is_inside(path: &Path, folder: &Path) -> bool {
    path.parent() == Some(folder)
}
