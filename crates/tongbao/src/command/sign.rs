//! `tongbao sign`: keys in a file sealed by a password, and signatures over the bank's readable texts.
//!
//! It signs nothing that it cannot read as a text of the bank, and shows every text before it asks.

use crate::cli::{SignOptions, SignWhat};
use crate::trouble::Trouble;
use credential::signing::{
    Algorithm, PrivateKey, SIGNATURE_BYTES, SealedKeyError, SigningText, open_key, seal_key, signature_text,
};
use kit::Random;
use std::fs::{self, File};
use std::io::{BufRead, IsTerminal, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;
use zeroize::Zeroizing;

/// The longest file that is read, in bytes.
const MOST_BYTES: u64 = 64 << 10;
/// The shortest password that seals a key: the file can be tried without end.
const PASSWORD_MIN: usize = 12;

pub(crate) fn run(options: SignOptions) -> Result<ExitCode, Trouble> {
    match options.what {
        Some(SignWhat::New { algorithm, out, password_file }) => new(&algorithm, &out, password_file.as_deref()),
        None => {
            let key = options.key.ok_or_else(|| {
                Trouble::new("No key file is named.")
                    .remedy("`tongbao sign KEY` signs; `tongbao sign new --algorithm p256 --out KEY` makes a key.")
            })?;
            sign(&key, options.text.as_deref(), options.password_file.as_deref())
        }
    }
}

/// Makes a key, seals it and prints the request for its certificate.
fn new(algorithm: &str, out: &Path, password_file: Option<&Path>) -> Result<ExitCode, Trouble> {
    let algorithm = Algorithm::of(algorithm).ok_or_else(|| {
        Trouble::new(format!("{} is no algorithm.", algorithm.escape_debug())).remedy("Choose p256, ed25519 or sm2.")
    })?;
    if out.exists() {
        return Err(Trouble::new(format!("{} is there already.", out.display()))
            .remedy("A key is never written over. Name another file."));
    }
    let password = match password_file {
        Some(file) => read_password(file)?,
        None => {
            let first = ask_password("New password of the key: ")?;
            if *first != *ask_password("The same once more: ")? {
                return Err(Trouble::new("The two passwords differ.").remedy("Start again."));
            }
            first
        }
    };
    if password.chars().count() < PASSWORD_MIN {
        return Err(Trouble::new(format!("The password is shorter than {PASSWORD_MIN} characters."))
            .remedy("Who finds the file can try passwords without end: take a long one."));
    }
    let random = Random::system();
    let key = PrivateKey::generate(algorithm, &random);
    let request = key.request().ok_or_else(|| Trouble::new("The request could not be written."))?;
    let sealed = Zeroizing::new(seal_key(&key, &password, &random)?);
    let mut file = File::options().create_new(true).write(true).mode(0o600).open(out)?;
    file.write_all(sealed.as_bytes())?;
    file.sync_all()?;
    eprintln!("The key is in {}. Keep a copy: without it and its password nobody can sign.", out.display());
    eprintln!("Paste this request on the bank's page Safety, Signing keys:");
    print!("{request}");
    std::io::stdout().flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Shows a text, asks, and prints the signature.
fn sign(key: &Path, text: Option<&Path>, password_file: Option<&Path>) -> Result<ExitCode, Trouble> {
    let sealed = Zeroizing::new(read_bounded(File::open(key).map_err(|error| cannot_read(key, &error))?)?);
    let from_input = text.is_none_or(|path| path == Path::new("-"));
    let given = match text.filter(|_| !from_input) {
        Some(path) => read_bounded(File::open(path).map_err(|error| cannot_read(path, &error))?)?,
        None => {
            if std::io::stdin().is_terminal() {
                eprintln!("Paste the text from the bank's page, then press Ctrl-D on a line of its own:");
            }
            read_bounded(std::io::stdin().lock())?
        }
    };
    let text = SigningText::parse(&given).map_err(|_| {
        Trouble::new("This is not a text of the bank to be signed, so nothing is signed.").remedy(
            "Copy the whole text from the page, from its first line to its last. If it was changed on the way, do not sign.",
        )
    })?;
    eprintln!("You are about to sign exactly this:\n");
    for line in text.text().lines() {
        eprintln!("    {line}");
    }
    eprintln!();
    if !agreed(from_input)? {
        eprintln!("Nothing was signed.");
        return Ok(ExitCode::FAILURE);
    }
    let password = match password_file {
        Some(file) => read_password(file)?,
        None => ask_password("Password of the key: ")?,
    };
    let key = open_key(&sealed, &password).map_err(|error| {
        let trouble = Trouble::new(format!("The key does not open: {error}."));
        match error {
            SealedKeyError::Password => trouble.remedy("Try again."),
            SealedKeyError::Unreadable => trouble.remedy("Name the file that `tongbao sign new` made."),
        }
    })?;
    let signature: [u8; SIGNATURE_BYTES] = key.sign(text.text().as_bytes());
    println!("{}", signature_text(&signature));
    Ok(ExitCode::SUCCESS)
}

/// Asks for the word. When the text came by the standard input, the answer comes from the terminal itself.
fn agreed(from_input: bool) -> Result<bool, Trouble> {
    eprint!("Type yes to sign, anything else not to: ");
    let mut answer = String::new();
    match from_input {
        false => std::io::stdin().lock().take(64).read_line(&mut answer)?,
        true => {
            let terminal = File::open("/dev/tty").map_err(|_| {
                Trouble::new("There is no terminal to ask on.").remedy(
                    "Put the text into a file and name it with --text FILE; then the answer is read from the input.",
                )
            })?;
            std::io::BufReader::new(terminal).take(64).read_line(&mut answer)?
        }
    };
    Ok(answer.trim() == "yes")
}

fn ask_password(prompt: &str) -> Result<Zeroizing<String>, Trouble> {
    let asked = rpassword::prompt_password(prompt);
    asked.map(Zeroizing::new).map_err(|_| {
        Trouble::new("There is no terminal to ask for the password on.")
            .remedy("Name a file that holds it with --password-file.")
    })
}

/// The first line of a file.
fn read_password(file: &Path) -> Result<Zeroizing<String>, Trouble> {
    let text = Zeroizing::new(fs::read_to_string(file).map_err(|error| cannot_read(file, &error))?);
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

fn read_bounded(from: impl Read) -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    from.take(MOST_BYTES).read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| Trouble::new("What was given is not text in UTF-8."))
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Trouble {
    Trouble::new(format!("{} cannot be read: {error}.", path.display()))
}
