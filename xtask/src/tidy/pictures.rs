//! What makes a clone slow: large pictures and other large files.

use super::{Finding, Source};

/// A screenshot of a page of ours as PNG is well below this.
const PICTURE_BYTES: u64 = 400 * 1024;

/// All pictures together.
const PICTURES_BYTES: u64 = 4 * 1024 * 1024;

/// Anything else; Cargo.lock and openapi.json are the largest files that we mean to have.
const FILE_BYTES: u64 = 1024 * 1024;

const PICTURES: &[&str] = &["png", "jpg", "jpeg", "webp", "avif", "gif", "ico"];

/// Kinds of files that pages may not need: the look uses the reader's own fonts.
const REFUSED: &[&str] =
    &["woff", "woff2", "ttf", "otf", "ttc", "mp4", "zip", "gz", "zst", "exe", "so", "dylib", "wasm"];

pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut all_pictures = 0;
    for source in sources {
        let extension = source.extension();
        if REFUSED.contains(&extension) {
            findings.push(Finding::new(
                &source.path,
                0,
                format!("`.{extension}` files do not belong into the repository"),
            ));
        }
        let is_picture = PICTURES.contains(&extension);
        let most = if is_picture { PICTURE_BYTES } else { FILE_BYTES };
        if is_picture {
            all_pictures += source.bytes;
        }
        if source.bytes > most {
            let (size, most) = (source.bytes / 1024, most / 1024);
            let message = format!("{size} KiB are more than {most} KiB; make it smaller, or keep it elsewhere");
            findings.push(Finding::new(&source.path, 0, message));
        }
    }
    if all_pictures > PICTURES_BYTES {
        let (size, most) = (all_pictures / 1024, PICTURES_BYTES / 1024);
        findings.push(Finding::new(
            "docs/pictures",
            0,
            format!("all pictures together have {size} KiB, more than {most} KiB"),
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, bytes: u64) -> usize {
        check(&[Source { path: path.to_owned(), bytes, text: None }]).len()
    }

    #[test]
    fn sizes_are_bounded_by_kind() {
        assert_eq!(found("docs/pictures/home.png", PICTURE_BYTES), 0);
        assert_eq!(found("docs/pictures/home.png", PICTURE_BYTES + 1), 1);
        assert_eq!(found("openapi.json", PICTURE_BYTES + 1), 0);
        assert_eq!(found("openapi.json", FILE_BYTES + 1), 1);
        assert_eq!(found("crates/web/assets/brand.woff2", 10), 1);
    }
}
