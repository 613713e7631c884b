//! Codes from a counter, and from the time as a counter.

use super::{OathHash, truncated};

/// The code of a counter (RFC 4226), with 4 to 10 digits.
pub fn hotp(hash: OathHash, seed: &[u8], counter: u64, digits: u8) -> String {
    truncated(&hash.hmac(seed, &[&counter.to_be_bytes()]), digits.clamp(4, 10))
}

/// The counter that a time stands for (RFC 6238), from 1970 in steps of so many seconds; 0 before it.
pub fn totp_step(unix_s: i64, step_s: i64) -> u64 {
    u64::try_from(unix_s.div_euclid(step_s.max(1))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4226, appendix D.
    #[test]
    fn hotp_gives_the_codes_of_its_standard() {
        let codes =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (counter, code) in codes.into_iter().enumerate() {
            assert_eq!(hotp(OathHash::Sha1, b"12345678901234567890", counter as u64, 6), code, "{counter}");
        }
    }

    /// RFC 6238, appendix B, with the seeds of its errata: as long as the hash.
    #[test]
    fn totp_gives_the_codes_of_its_standard() {
        let table = [
            (59, "94287082", "46119246", "90693936"),
            (1_111_111_109, "07081804", "68084774", "25091201"),
            (1_111_111_111, "14050471", "67062674", "99943326"),
            (1_234_567_890, "89005924", "91819424", "93441116"),
            (2_000_000_000, "69279037", "90698825", "38618901"),
            (20_000_000_000, "65353130", "77737706", "47863826"),
        ];
        let seed: Vec<u8> = b"1234567890".iter().copied().cycle().take(64).collect();
        for (time, sha1, sha256, sha512) in table {
            let step = totp_step(time, 30);
            assert_eq!(hotp(OathHash::Sha1, &seed[..20], step, 8), sha1, "{time}");
            assert_eq!(hotp(OathHash::Sha256, &seed[..32], step, 8), sha256, "{time}");
            assert_eq!(hotp(OathHash::Sha512, &seed, step, 8), sha512, "{time}");
        }
    }

    #[test]
    fn a_step_lasts_its_seconds() {
        for (time, step) in [(-1, 0), (0, 0), (29, 0), (30, 1), (59, 1), (60, 2)] {
            assert_eq!(totp_step(time, 30), step, "{time}");
        }
    }
}
