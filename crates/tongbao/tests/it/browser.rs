//! A real browser in which a test acts as a person does: it reads words on the screen, fills fields by their labels
//! and presses buttons by what they say. A page on which that is impossible is a page that a screen reader cannot use
//! either, so these tests stay valid when markup changes and fail when words do.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::webdriver::{Element, WebDriver, find_program};

/// How long the words that a test waits for may take to show.
const PATIENCE: Duration = Duration::from_secs(10);

/// The two widths that the look is drawn for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// 360 × 780 points, two pixels a point, touch.
    Phone,
    /// 1280 × 800 points.
    Desktop,
}

/// What the browser asks for in `Accept-Language`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Chinese,
    English,
}

/// A browser window with a profile of its own; dropping it closes the browser.
pub struct Browser {
    driver: WebDriver,
    address: String,
    language: Language,
    width: u64,
    name: String,
    // After the driver in order: the browser is gone before its folder is.
    _profile: TempDir,
}

impl Screen {
    /// Width, height and pixels a point.
    fn size(self) -> (u64, u64, f64) {
        match self {
            Self::Phone => (360, 780, 2.0),
            Self::Desktop => (1280, 800, 1.0),
        }
    }
}

/// The browser and its driver.
pub fn find_browser() -> (PathBuf, PathBuf) {
    let chromium = find_program("TONGBAO_CHROMIUM", &["chromium", "chromium-browser", "google-chrome"]);
    (chromium, find_program("TONGBAO_CHROMEDRIVER", &["chromedriver"]))
}

/// What chromedriver is asked for: a quiet browser of its own profile, which says that it is a screen of this size, or whose
/// size is set later.
pub fn capabilities(chromium: &Path, profile: &Path, screen: Screen, languages: &str, is_fixed: bool) -> Value {
    let (width, height, pixel_ratio) = screen.size();
    let touch = screen == Screen::Phone;
    let mut arguments = vec![
        "--headless=new".to_owned(),
        format!("--user-data-dir={}", profile.display()),
        format!("--window-size={width},{height}"),
        format!("--accept-lang={languages}"),
        format!("--lang={}", languages.split(',').next().unwrap_or_default()),
    ];
    // Nothing of the browser's own goes out to the network while it runs here.
    for quiet in [
        "disable-background-networking",
        "disable-component-update",
        "disable-default-apps",
        "disable-gpu",
        "disable-quic",
        "disable-sync",
        // A picture in the middle of a movement shows neither state.
        "force-prefers-reduced-motion",
        "hide-scrollbars",
        "no-default-browser-check",
        "no-first-run",
    ] {
        arguments.push(format!("--{quiet}"));
    }
    if is_root() {
        // Chromium's sandbox refuses to run as root; as anybody else it stays on.
        arguments.push("--no-sandbox".to_owned());
    }
    let mut options = json!({
        "binary": chromium,
        "args": arguments,
        "prefs": { "intl.accept_languages": languages },
    });
    if is_fixed {
        // A window has a least width well above a phone's; only emulation makes it truly this wide.
        options["mobileEmulation"] = json!({
            "deviceMetrics": {
                "width": width, "height": height, "pixelRatio": pixel_ratio, "mobile": touch, "touch": touch
            }
        });
    }
    json!({ "browserName": "chrome", "goog:loggingPrefs": { "browser": "ALL" }, "goog:chromeOptions": options })
}

impl Browser {
    /// Opens a browser for the bank at `address` (`http://localhost:8080`); `name` ends the names of its
    /// pictures.
    pub fn open(address: &str, name: &str, screen: Screen, language: Language) -> Self {
        let (chromium, chromedriver) = find_browser();
        let profile = tempfile::tempdir().expect("a folder for the browser's profile");
        let languages = match language {
            Language::Chinese => "zh-CN,zh",
            Language::English => "en-US,en",
        };
        let capabilities = capabilities(&chromium, profile.path(), screen, languages, true);
        let (width, ..) = screen.size();
        let driver = WebDriver::start(&chromedriver, &capabilities);
        Self { driver, address: address.to_owned(), language, width, name: name.to_owned(), _profile: profile }
    }

    /// From the next page on, no script comes through, as on a bad line. There are none in the pages themselves: the
    /// content policy forbids it. (With scripts switched off in the browser, chromedriver could not click any more.)
    pub fn without_scripts(self) -> Self {
        self.driver.devtools("Network.enable", json!({}));
        self.driver.devtools("Network.setBlockedURLs", json!({ "urls": ["*.js", "*.mjs"] }));
        self
    }

    /// Opens a page of the bank by its path.
    pub fn go(&self, path: &str) {
        self.driver.go(&format!("{}{path}", self.address));
    }

    /// Path and query of the page that is open.
    pub fn path(&self) -> String {
        let url = self.driver.url();
        url.strip_prefix(&self.address).unwrap_or(&url).to_owned()
    }

    /// Everything that the page shows, as a person reads it: a space that does not break is a space.
    pub fn text(&self) -> String {
        let text = self.driver.execute("return document.body.innerText", json!([]));
        text.as_str().unwrap_or_default().replace(['\u{a0}', '\u{202f}'], " ")
    }

    /// Waits until the page shows these words.
    pub fn see(&self, words: &str) {
        self.wait_for(|| self.text().contains(words).then_some(()), &format!("to see “{words}”"));
    }

    /// The same for what takes its time.
    pub fn see_within(&self, words: &str, patience: Duration) {
        let look = || self.text().contains(words).then_some(());
        self.wait_so_long(look, &format!("to see “{words}”"), patience);
    }

    /// The page must not show these words now.
    pub fn see_no(&self, words: &str) {
        let text = self.text();
        assert!(!text.contains(words), "“{words}” should not be on {}:\n{text}", self.path());
    }

    /// Puts `value` into the field with this label.
    pub fn fill(&self, label: &str, value: &str) {
        let field = self.wait_for(
            || self.driver.execute_for_element(FIELD_BY_LABEL, json!([label])),
            &format!("for a field labelled “{label}”"),
        );
        self.driver.clear(&field);
        self.driver.type_into(&field, value);
    }

    /// Chooses what says `words` in the list with this label.
    pub fn choose(&self, label: &str, words: &str) {
        let script = format!(
            "const field = (function() {{ {FIELD_BY_LABEL} }}).apply(null, arguments);
             const option = [...(field?.options || [])].find(one => one.text.trim() === arguments[1]);
             if (!option) return false;
             field.value = option.value;
             field.dispatchEvent(new Event('change', {{ bubbles: true }}));
             return true;"
        );
        let chosen = || (self.driver.execute(&script, json!([label, words])) == true).then_some(());
        self.wait_for(chosen, &format!("for “{words}” in a list labelled “{label}”"));
    }

    /// The words of another page of the bank, opened beside this one and closed again.
    pub fn glance(&self, path: &str) -> String {
        self.driver.in_new_tab(|| {
            self.go(path);
            self.text()
        })
    }

    /// Gives the browser a key that knows its owner: `usb`, to be plugged in, or `internal`, of the device itself.
    pub fn plug_in(&self, transport: &str) {
        self.driver.add_authenticator(transport);
    }

    /// Where the link leads that says these words.
    pub fn address_of(&self, words: &str) -> String {
        let script =
            "const link = [...document.querySelectorAll('a[href]')].find(one => one.innerText.includes(arguments[0]));
             return link ? link.pathname + link.search : null;";
        let find = || self.driver.execute(script, json!([words])).as_str().map(str::to_owned);
        self.wait_for(find, &format!("for a link that says “{words}”"))
    }

    /// Whether something that says these words could be pressed now.
    pub fn could_press(&self, words: &str) -> bool {
        self.driver.execute_for_element(PRESSABLE_BY_WORDS, json!([words])).is_some()
    }

    /// The newest code by text that the phone with this number (11 digits) shows.
    pub fn text_code(&self, mobile: &str) -> String {
        let read = || {
            let texts = self.glance(&format!("/demo/inbox?to=86{mobile}"));
            let last = texts.split(|c: char| !c.is_ascii_digit()).rfind(|run| run.len() == 6);
            last.map(str::to_owned)
        };
        self.wait_for(read, &format!("for a code on the phone {mobile}"))
    }

    /// The last six digits of the first account of who is signed in, which a payer types beside a code by text.
    pub fn account_tail(&self) -> String {
        let page = self.glance("/accounts");
        let digits = page.lines().map(|line| line.chars().filter(char::is_ascii_digit).collect::<String>());
        let number =
            digits.into_iter().find(|digits| digits.len() == 19).unwrap_or_else(|| panic!("no account in {page}"));
        number[13..].to_owned()
    }

    /// Presses the button, link or choice that says these words; the whole of its words win over a part of them.
    pub fn press(&self, words: &str) {
        let target: Element = self.wait_for(
            || self.driver.execute_for_element(PRESSABLE_BY_WORDS, json!([words])),
            &format!("for something to press that says “{words}”"),
        );
        self.driver.click(&target);
    }

    /// Saves what is on the screen as `target/screenshots/WHAT-NAME.png`. With `cargo xtask bless` a picture that
    /// `docs/pictures` has is made anew there too: a new one for the README begins as an empty file of its name.
    pub fn picture(&self, what: &str) {
        let picture = self.try_picture(what).expect("a picture of the page");
        let documented = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../docs/pictures")
            .join(picture.file_name().expect("a picture has a name"));
        if std::env::var_os("TONGBAO_BLESS").is_some() && documented.exists() {
            std::fs::copy(picture, documented).expect("a picture for the README");
        }
    }

    fn try_picture(&self, what: &str) -> Result<PathBuf, String> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../screenshots");
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let file = folder.join(format!("{what}-{}.png", self.name));
        let png = base64::engine::general_purpose::STANDARD.decode(self.driver.screenshot()?);
        std::fs::write(&file, png.map_err(|error| error.to_string())?).map_err(|error| error.to_string())?;
        Ok(file)
    }

    /// What every page of the bank keeps to, whatever it is about: the language asked for, one heading, landmarks,
    /// labels on all fields, nothing that scrolls sideways, and a console without a word.
    pub fn check_page(&self) {
        let language = match self.language {
            Language::Chinese => "zh",
            Language::English => "en",
        };
        let found = self.driver.execute(PAGE_FAULTS, json!([language, self.width]));
        let mut faults: Vec<String> =
            found.as_array().into_iter().flatten().map(|fault| fault.as_str().unwrap_or_default().to_owned()).collect();
        faults.extend(self.console());
        assert!(faults.is_empty(), "{} has faults:\n{}", self.path(), faults.join("\n"));
    }

    /// What the console said since it was last asked, but for notes below a warning.
    pub fn console(&self) -> Vec<String> {
        let loud = |entry: &&Value| matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING"));
        let words = |entry: &Value| entry["message"].as_str().unwrap_or_default().to_owned();
        let ours = |words: &String| !words.contains("net::ERR_BLOCKED_BY_CLIENT");
        self.driver.console().iter().filter(loud).map(words).filter(ours).collect()
    }

    fn wait_for<T>(&self, look: impl FnMut() -> Option<T>, what: &str) -> T {
        self.wait_so_long(look, what, PATIENCE)
    }

    fn wait_so_long<T>(&self, mut look: impl FnMut() -> Option<T>, what: &str, patience: Duration) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            if started.elapsed() > patience {
                panic!("waited in vain {what} on {}, which shows:\n{}", self.path(), self.text());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A picture of the page on which a test failed says more than its message.
        if std::thread::panicking()
            && let Ok(file) = self.try_picture("failed")
        {
            eprintln!("the page on which it failed: {}", file.display());
        }
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

const FIELD_BY_LABEL: &str = r"
    const words = arguments[0];
    const said = e => (e.innerText || '').replace(/\s+/g, ' ').trim();
    const labels = [...document.querySelectorAll('label')].filter(l => l.control && l.checkVisibility());
    const label = labels.find(l => said(l) === words) || labels.find(l => said(l).includes(words));
    return label ? label.control : null;
";

const PRESSABLE_BY_WORDS: &str = r"
    const words = arguments[0];
    const said = e => (e.getAttribute('aria-label') || e.innerText || e.value || '').replace(/\s+/g, ' ').trim();
    const all = [...document.querySelectorAll('button, a[href], summary, input[type=submit], label')]
        .filter(e => e.checkVisibility() && !e.disabled);
    return all.find(e => said(e) === words) || all.find(e => said(e).includes(words)) || null;
";

pub const PAGE_FAULTS: &str = r"
    const [language, width] = arguments;
    const faults = [];
    const lang = document.documentElement.lang;
    if (!lang.startsWith(language)) faults.push(`the page says lang=${lang}, the browser asked for ${language}`);
    if (innerWidth !== width) faults.push(`the window is ${innerWidth} wide, not ${width}`);
    if (document.documentElement.scrollWidth > innerWidth)
        faults.push(`the page scrolls sideways: ${document.documentElement.scrollWidth} > ${innerWidth}`);
    if (!document.title) faults.push('the page has no title');
    for (const [what, count] of [['main', 1], ['h1', 1]]) {
        const found = document.querySelectorAll(what).length;
        if (found !== count) faults.push(`the page has ${found} <${what}>, not ${count}`);
    }
    for (const field of document.querySelectorAll('input:not([type=hidden]):not([type=submit]), select, textarea'))
        if (!field.labels.length && !field.getAttribute('aria-label') && !field.getAttribute('aria-labelledby'))
            faults.push(`the field ${field.name || field.id} has no label`);
    for (const picture of document.querySelectorAll('img:not([alt])')) faults.push(`the image ${picture.src} has no alt`);
    for (const target of document.querySelectorAll('button, input:not([type=hidden]), select')) {
        const box = target.getBoundingClientRect();
        if (target.checkVisibility() && box.width > 0 && (box.height < 24 || box.width < 24))
            faults.push(`${target.outerHTML.slice(0, 80)} is ${Math.round(box.width)} by ${Math.round(box.height)}, less than 24`);
    }
    return faults;
";
