//! The settings of security keys, checked.

use std::{fs, path::Path, sync::Arc};

use twinlock_service::{WebauthnConfig, security_keys::device::DeviceNames, webauthn::Roots};
use url::Url;

use super::{check::bad, written};
use crate::failure::Failure;

pub fn check(written: &written::Webauthn) -> Result<WebauthnConfig, Failure> {
    Ok(WebauthnConfig {
        further_origins: written.origins.iter().map(|text| origin(text)).collect::<Result<_, _>>()?,
        device_names: match &written.device_names {
            Some(file) => device_names(Path::new(file))?,
            None => DeviceNames::built_in(),
        },
        attestation_roots: match &written.attestation_roots {
            Some(file) => Arc::new(roots(Path::new(file))?),
            None => Arc::default(),
        },
    })
}

/// An origin exactly as a browser writes it: it is compared byte by byte.
fn origin(text: &str) -> Result<String, Failure> {
    let parsed = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    let written = parsed.map(|url| url.origin().ascii_serialization());
    match written {
        Some(written) if written == text => Ok(written),
        Some(written) => Err(bad("webauthn.origins", format!("origins as browsers write them: {written}"))),
        None => Err(bad("webauthn.origins", "origins such as https://login.example.org")),
    }
}

fn device_names(file: &Path) -> Result<DeviceNames, Failure> {
    let text = read("webauthn.device_names", file)?;
    let wrong = |error| Failure::setup(format!("webauthn.device_names: {}: {error}", file.display()));
    DeviceNames::built_in().with(&text).map_err(wrong)
}

fn roots(file: &Path) -> Result<Roots, Failure> {
    let text = read("webauthn.attestation_roots", file)?;
    let wrong = |error| Failure::setup(format!("webauthn.attestation_roots: {} {error}", file.display()));
    Roots::from_pem(text.as_bytes()).map_err(wrong)
}

fn read(key: &str, file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|error| Failure::setup(format!("{key}: {}: {error}", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(text: &str) -> Result<WebauthnConfig, Failure> {
        check(&written::Webauthn { origins: vec![text.to_owned()], ..written::Webauthn::default() })
    }

    /// attacks.md row 53: origins are an exact list; what is no origin is refused at the start.
    #[test]
    fn an_origin_is_taken_only_as_browsers_write_it() {
        assert_eq!(origins("https://id.example").unwrap().further_origins, ["https://id.example"]);
        for wrong in [
            "https://id.example/",
            "https://ID.example",
            "https://id.example:443",
            "id.example",
            "*",
            "android:apk",
        ] {
            assert!(origins(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn files_that_cannot_be_used_are_refused_with_their_setting() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "nothing useful").unwrap();
        for path in [file.to_str().unwrap(), "/nowhere/at/all"] {
            let names =
                written::Webauthn { device_names: Some(path.to_owned()), ..written::Webauthn::default() };
            assert!(check(&names).unwrap_err().to_string().contains("webauthn.device_names"));
            let roots = written::Webauthn {
                attestation_roots: Some(path.to_owned()),
                ..written::Webauthn::default()
            };
            assert!(check(&roots).unwrap_err().to_string().contains("webauthn.attestation_roots"));
        }
    }
}
