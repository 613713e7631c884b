//! The few WebDriver calls that the browser tests need, over plain HTTP to a chromedriver of our own.
//!
//! WebDriver is JSON over loopback HTTP. The client crates for it bring some thirty crates of their own, and one of them
//! changes how `serde_json` orders keys in the very program under test; these calls need neither
//! (docs/adr/0007-browser-tests.md).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// No call may take longer; a page that does is broken.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);

/// So often is a browser started before a test gives up. Chromedriver takes a port for IPv6 and then wants the same one
/// for IPv4, where any connection of this machine may have it already; and a browser on a busy machine may not be up in
/// time. Neither says anything about the bank.
const STARTS: u32 = 5;

/// The key under which WebDriver puts the reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A chromedriver with one session; both end when this is dropped.
pub struct WebDriver {
    chromedriver: Child,
    port: u16,
    session: String,
}

/// An element of the page that is open.
pub struct Element(String);

impl WebDriver {
    /// Starts chromedriver on a free port and opens a session with these capabilities.
    pub fn start(chromedriver: &Path, capabilities: &Value) -> Self {
        let mut last = String::new();
        for _ in 0..STARTS {
            match Self::try_start(chromedriver, capabilities) {
                Ok(driver) => return driver,
                Err(said) => last = said,
            }
        }
        panic!("no browser after {STARTS} tries: {last}");
    }

    fn try_start(chromedriver: &Path, capabilities: &Value) -> Result<Self, String> {
        let child = Command::new(chromedriver)
            .args(["--port=0", "--log-level=SEVERE"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // A group of its own, so that Ctrl-C at the terminal lets us end the session first.
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{} cannot be started: {error}", chromedriver.display()));
        let mut driver = Self { chromedriver: child, port: 0, session: String::new() };
        driver.port = read_port(&mut driver.chromedriver)?;
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let created = driver.request("POST", "/session", Some(&body))?;
        driver.session = created["sessionId"].as_str().expect("a session id").to_owned();
        Ok(driver)
    }

    pub fn go(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    pub fn url(&self) -> String {
        self.get("/url").as_str().unwrap_or_default().to_owned()
    }

    /// Runs a function body in the page and gives what it returns.
    pub fn execute(&self, script: &str, arguments: Value) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// Runs a function body that returns an element or null.
    pub fn execute_for_element(&self, script: &str, arguments: Value) -> Option<Element> {
        self.execute(script, arguments)[ELEMENT].as_str().map(|id| Element(id.to_owned()))
    }

    /// Clicks where a person would: with the element scrolled clear of the bar at the bottom of a phone.
    pub fn click(&self, element: &Element) {
        let target = json!({ (ELEMENT): element.0 });
        self.execute("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", json!([target]));
        self.post(&format!("/element/{}/click", element.0), &json!({}));
    }

    pub fn clear(&self, element: &Element) {
        self.post(&format!("/element/{}/clear", element.0), &json!({}));
    }

    pub fn type_into(&self, element: &Element, text: &str) {
        self.post(&format!("/element/{}/value", element.0), &json!({ "text": text }));
    }

    /// Does something in a tab of its own, and comes back to the page that is open now.
    pub fn in_new_tab<T>(&self, work: impl FnOnce() -> T) -> T {
        let here = self.get("/window");
        let tab = self.post("/window/new", &json!({ "type": "tab" }));
        self.post("/window", &json!({ "handle": tab["handle"] }));
        let result = work();
        let _ = self.request("DELETE", &format!("/session/{}/window", self.session), None);
        self.post("/window", &json!({ "handle": here }));
        result
    }

    /// A command of Chromium's own protocol, for what WebDriver has no word for.
    pub fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// A virtual authenticator for this browser, on this transport (WebAuthn level 3, section 11): it recognises its owner.
    pub fn add_authenticator(&self, transport: &str) {
        let kind = json!({
            "protocol": "ctap2", "transport": transport, "hasResidentKey": true, "hasUserVerification": true,
            "isUserConsenting": true, "isUserVerified": true
        });
        self.post("/webauthn/authenticator", &kind);
    }

    /// What the page shows now, as PNG in base64.
    pub fn screenshot(&self) -> Result<String, String> {
        let shot = self.request("GET", &format!("/session/{}/screenshot", self.session), None)?;
        Ok(shot.as_str().unwrap_or_default().to_owned())
    }

    /// The browser's console since the last call: messages of scripts, failed loads, breaches of the content policy.
    pub fn console(&self) -> Vec<Value> {
        self.post("/se/log", &json!({ "type": "browser" })).as_array().cloned().unwrap_or_default()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.request("POST", &format!("/session/{}{path}", self.session), Some(body))
            .unwrap_or_else(|error| panic!("{path} {body}: {error}"))
    }

    fn get(&self, path: &str) -> Value {
        self.request("GET", &format!("/session/{}{path}", self.session), None)
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// One call on a connection of its own; the error is WebDriver's own words.
    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let exchange = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_read_timeout(Some(CALL_TIMEOUT))?;
            write!(
                stream,
                "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                self.port,
                body.len()
            )?;
            read_body(stream)
        };
        let answer = exchange().map_err(|error| format!("chromedriver does not answer: {error}"))?;
        let mut answer: Value = serde_json::from_str(&answer).map_err(|error| format!("{error} in {answer}"))?;
        let value = answer["value"].take();
        match value["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["message"].as_str().unwrap_or_default())),
            None => Ok(value),
        }
    }
}

impl Drop for WebDriver {
    fn drop(&mut self) {
        // Ending the session makes chromedriver close the browser that it started; then chromedriver itself goes.
        if !self.session.is_empty() {
            let _ = self.request("DELETE", &format!("/session/{}", self.session), None);
        }
        let _ = self.chromedriver.kill();
        let _ = self.chromedriver.wait();
    }
}

/// Reads the answer by its declared length: chromedriver keeps connections open whatever it is asked.
fn read_body(stream: TcpStream) -> std::io::Result<String> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(std::io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    String::from_utf8(body).map_err(std::io::Error::other)
}

/// Chromedriver says which free port it took: "ChromeDriver was started successfully on port 40123." What it said
/// instead, if it ended without one.
fn read_port(child: &mut Child) -> Result<u16, String> {
    let stdout = child.stdout.take().expect("standard output is piped");
    let mut reader = BufReader::new(stdout);
    let mut heard = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return Err(format!("chromedriver did not start: {heard}"));
        }
        if let Some((_, rest)) = line.split_once("started successfully on port ") {
            // The pipe stays open and small: with this log level chromedriver writes nothing more.
            std::mem::forget(reader);
            return Ok(rest.trim().trim_end_matches('.').parse().expect("a port"));
        }
        heard.push_str(&line);
    }
}

/// The program named by the variable, else the first of `names` on the PATH.
pub fn find_program(variable: &str, names: &[&str]) -> PathBuf {
    if let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty()) {
        return path.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    names
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| {
            panic!("{} was not found; run `cargo xtask test`, which sees to it, or set {variable}", names[0])
        })
}
