//! Files that browsers keep for good: their address carries a hash of their content.

use crate::Room;
use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;

/// A file of a room.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Its plain name, such as `retail.js`; one name is one file in the whole bank.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its content.
    pub body: &'static [u8],
}

/// The design system's style sheet. The dark colours stand in one file and are used twice: for those whose device
/// asks for dark and who chose nothing, and for those who chose dark.
pub(crate) const STYLE: &str = concat!(
    include_str!("../assets/css/tokens.css"),
    "@media screen and (prefers-color-scheme: dark) {\n:root:not([data-theme=\"light\"]) {\n",
    include_str!("../assets/css/tokens-dark.css"),
    "}\n}\n:root[data-theme=\"dark\"] {\n",
    include_str!("../assets/css/tokens-dark.css"),
    "}\n",
    include_str!("../assets/css/base.css"),
    include_str!("../assets/css/shell.css"),
    include_str!("../assets/css/controls.css"),
    include_str!("../assets/css/coins.css"),
    include_str!("../assets/css/parts.css"),
    include_str!("../assets/css/design.css"),
    include_str!("../assets/css/large.css"),
    include_str!("../assets/css/paper.css"),
);

/// The one style sheet of the site.
pub(crate) const STYLE_NAME: &str = "tongbao.css";
const MANIFEST_NAME: &str = "manifest.webmanifest";
const PREFIX: &str = "/assets/";

struct Stored {
    content_type: HeaderValue,
    body: Bytes,
}

/// All files, by their address.
pub(crate) struct Assets {
    stored: HashMap<String, Stored>,
    addresses: HashMap<&'static str, String>,
}

impl Assets {
    pub(crate) fn new(rooms: &[&'static Room]) -> Self {
        let mut assets = Self { stored: HashMap::new(), addresses: HashMap::new() };
        let style: String = rooms.iter().map(|room| room.style).collect();
        assets.store(STYLE_NAME, "text/css; charset=utf-8", style.into_bytes());
        for asset in rooms.iter().flat_map(|room| room.assets) {
            assets.store(asset.name, asset.content_type, asset.body.to_vec());
        }
        let manifest = manifest(&assets);
        assets.store(MANIFEST_NAME, "application/manifest+json", manifest.into_bytes());
        assets
    }

    fn store(&mut self, name: &'static str, content_type: &'static str, body: Vec<u8>) {
        let hash = blake3::hash(&body).to_hex();
        let (stem, extension) = name.split_once('.').unwrap_or((name, "bin"));
        let hashed = format!("{stem}.{}.{extension}", &hash[..12]);
        self.addresses.insert(name, format!("{PREFIX}{hashed}"));
        self.stored.insert(hashed, Stored { content_type: HeaderValue::from_static(content_type), body: body.into() });
    }

    /// The address of a file by its plain name. A name that is not there leads to a 404, and is logged.
    pub(crate) fn address(&self, name: &str) -> String {
        self.addresses.get(name).cloned().unwrap_or_else(|| {
            tracing::error!(name, "an asset is missing");
            format!("{PREFIX}{name}")
        })
    }

    /// The addresses of all files, in order: what a service worker may keep.
    pub(crate) fn all(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.addresses.values().map(String::as_str).collect();
        all.sort_unstable();
        all
    }

    pub(crate) fn manifest_address(&self) -> String {
        self.address(MANIFEST_NAME)
    }

    /// The answer to a request for `/assets/<hashed>`.
    pub(crate) fn answer(&self, hashed: &str) -> Response {
        let Some(stored) = self.stored.get(hashed) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let headers = [
            (header::CONTENT_TYPE, stored.content_type.clone()),
            (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        ];
        (headers, stored.body.clone()).into_response()
    }
}

fn manifest(assets: &Assets) -> String {
    let picture = |name: &str, size: &str, purpose: &str| serde_json::json!({ "src": assets.address(name), "sizes": size, "type": "image/png", "purpose": purpose });
    serde_json::json!({
        "name": "通宝 Tongbao",
        "short_name": "通宝",
        "id": "/home",
        "start_url": "/home",
        "scope": "/",
        "display": "standalone",
        "background_color": "#F3F5F2",
        "theme_color": "#F3F5F2",
        "icons": [
            { "src": assets.address("mark.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any" },
            picture("icon-192.png", "192x192", "any"),
            picture("icon-512.png", "512x512", "any"),
            picture("icon-maskable-512.png", "512x512", "maskable"),
        ],
    })
    .to_string()
}
