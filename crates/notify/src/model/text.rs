//! What a text says. A text is short, says what the code is for before the code, and never asks for anything.

/// The language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Chinese.
    Zh,
    /// English.
    En,
}

impl Language {
    /// The language of the word `zh` or `en`; Chinese for any other.
    pub fn of(word: &str) -> Self {
        if word == "en" { Self::En } else { Self::Zh }
    }
}

/// A text to a phone. It has no `Debug` form, since most hold a code.
#[derive(Clone, PartialEq, Eq)]
pub enum Text {
    /// The code to register with.
    RegisterCode {
        /// Six digits.
        code: String,
    },
    /// Somebody asked to register a number that has an account.
    AlreadyRegistered,
    /// The code to set a new password.
    ResetCode {
        /// Six digits.
        code: String,
    },
    /// Somebody asked for a new password for a number that has no account.
    NotRegistered,
    /// The code of one payment.
    PaymentCode {
        /// Six digits.
        code: String,
        /// The payee's name as others see it.
        payee: String,
        /// Such as `88.80`.
        amount: String,
        /// Such as `CNY`.
        currency: String,
        /// Such as `every week from 2026-11-29`; empty if it is made once and now.
        when: String,
    },
    /// The code with which somebody opens the window for security settings.
    SecurityCode {
        /// Six digits.
        code: String,
    },
    /// The code to the number that is to be given up.
    OldMobileCode {
        /// Six digits.
        code: String,
    },
    /// The code to the number that is to be used.
    NewMobileCode {
        /// Six digits.
        code: String,
    },
    /// To the former number, after the change.
    MobileChanged,
    /// The password was changed.
    PasswordChanged,
    /// Everything was stopped by the kill switch.
    Stopped,
    /// Staff took a way of confirming away.
    FactorRemoved,
    /// Staff gave a token out.
    TokenGiven {
        /// The last characters of its number.
        tail: String,
    },
    /// The password was taken away at a branch.
    PasswordTaken,
    /// The code to close the relationship.
    CloseCode {
        /// Six digits.
        code: String,
    },
    /// The relationship is closed.
    Closed,
    /// Somebody pays to a number that is not a customer's yet.
    Invitation {
        /// The payer's name as others see it.
        payer: String,
        /// Such as `88.80`.
        amount: String,
        /// Such as `CNY`.
        currency: String,
        /// So long the money waits.
        days: i64,
    },
}

impl Text {
    /// The words.
    pub fn render(&self, language: Language) -> String {
        match language {
            Language::Zh => format!("【通宝银行】{}", self.zh()),
            Language::En => format!("Tongbao: {}", self.en()),
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::RegisterCode { code } => {
                format!("注册验证码 {code}，5 分钟内有效。本行人员不会索要验证码，请勿告诉他人。")
            }
            Self::AlreadyRegistered => {
                "这个手机号已经注册，请直接登录；忘记密码可在登录页重设。如非本人操作，无需处理。".to_owned()
            }
            Self::ResetCode { code } => {
                format!("重设密码验证码 {code}，5 分钟内有效。如非本人操作，请勿告诉任何人。")
            }
            Self::NotRegistered => {
                "有人用这个手机号重设密码，但它还没有注册。如需开户请先注册；如非本人操作，无需处理。".to_owned()
            }
            Self::PaymentCode { code, payee, amount, currency, when } => format!(
                "您将{when}向{payee}付款 {}，验证码 {code}，5 分钟内有效。收款人或金额不对请勿使用。",
                zh_amount(amount, currency)
            ),
            Self::SecurityCode { code } => {
                format!("修改安全设置的验证码 {code}，5 分钟内有效。银行人员不会索要；如非本人操作，请立即“一键止付”。")
            }
            Self::OldMobileCode { code } => {
                format!("更换手机号：原号码验证码 {code}，5 分钟内有效。如非本人操作，请立即修改密码。")
            }
            Self::NewMobileCode { code } => {
                format!("更换手机号：新号码验证码 {code}，5 分钟内有效。请勿告诉他人。")
            }
            Self::MobileChanged => "您的手机号已更换，本号码不再用于登录。如非本人操作，请立即到网点。".to_owned(),
            Self::PasswordChanged => {
                "您的登录密码已修改，其他设备需要重新登录。如非本人操作，请立即重设密码。".to_owned()
            }
            Self::Stopped => {
                "您的账户已一键停用：登录、设备、程序和卡的线上支付都已停止。如非本人操作，请用密码重新登录或到网点。"
                    .to_owned()
            }
            Self::FactorRemoved => {
                "网点已按申请停用您的一种安全认证方式，详见消息通知。如非本人操作，请立即“一键止付”并到网点。"
                    .to_owned()
            }
            Self::TokenGiven { tail } => {
                format!("网点已为您绑定电子密码器，尾号 {tail}。如非本人操作，请立即“一键止付”并到网点。")
            }
            Self::PasswordTaken => {
                "您的登录密码已在网点重置，原密码失效，请在登录页重设密码。如非本人操作，请立即到网点。".to_owned()
            }
            Self::CloseCode { code } => {
                format!("注销客户关系验证码 {code}，5 分钟内有效。注销后不能恢复，请勿告诉他人。")
            }
            Self::Closed => "您与本行的客户关系已注销。如非本人操作，请立即到网点。".to_owned(),
            Self::Invitation { payer, amount, currency, days } => format!(
                "{payer}向您付款 {}，{days} 天内注册、完成实名认证并开户即可收到，逾期原路退回。",
                zh_amount(amount, currency)
            ),
        }
    }

    fn en(&self) -> String {
        match self {
            Self::RegisterCode { code } => {
                format!("your code to register is {code}, valid for 5 minutes. Nobody from the bank will ask for it.")
            }
            Self::AlreadyRegistered => "this number is already registered. Please sign in; a forgotten password can \
                 be reset there. If this was not you, there is nothing to do."
                .to_owned(),
            Self::ResetCode { code } => format!(
                "your code to set a new password is {code}, valid for 5 minutes. If this was not you, tell it to nobody."
            ),
            Self::NotRegistered => "somebody asked for a new password for this number, but it is not registered. To \
                 open an account, register first. If this was not you, there is nothing to do."
                .to_owned(),
            Self::PaymentCode { code, payee, amount, currency, when } => {
                let when = if when.is_empty() { String::new() } else { format!(" {when}") };
                format!(
                    "pay {currency} {amount} to {payee}{when}: code {code}, valid for 5 minutes. Do not use it if payee or \
                     amount is wrong."
                )
            }
            Self::SecurityCode { code } => format!(
                "to change security settings the code is {code}, valid for 5 minutes. Nobody at the bank asks for it. If \
                 this was not you, stop everything in the app now."
            ),
            Self::OldMobileCode { code } => format!(
                "to give up this number the code is {code}, valid for 5 minutes. If this was not you, change your \
                 password now."
            ),
            Self::NewMobileCode { code } => {
                format!("to use this number the code is {code}, valid for 5 minutes. Tell it to nobody.")
            }
            Self::MobileChanged => "your mobile number was changed; this one no longer signs in. If this was not \
                 you, go to a branch at once."
                .to_owned(),
            Self::PasswordChanged => "your password was changed; other devices have to sign in again. If this was \
                 not you, reset it at once."
                .to_owned(),
            Self::Stopped => {
                "everything was stopped: sign-ins, devices, programs and your cards' online use. If this was \
                 not you, sign in with your password or go to a branch."
                    .to_owned()
            }
            Self::FactorRemoved => {
                "at a branch one of your ways to confirm was stopped; see your notices. If this was not \
                 you, stop everything in the app now and go to a branch."
                    .to_owned()
            }
            Self::TokenGiven { tail } => format!(
                "at a branch the token ending {tail} was made yours. If this was not you, stop everything in the app now \
                 and go to a branch."
            ),
            Self::PasswordTaken => {
                "your password was reset at a branch and no longer works; set another on the sign-in \
                 page. If this was not you, go to a branch at once."
                    .to_owned()
            }
            Self::CloseCode { code } => format!(
                "to close your relationship with us the code is {code}, valid for 5 minutes. Closing cannot be undone."
            ),
            Self::Closed => {
                "your relationship with us is closed. If this was not you, go to a branch at once.".to_owned()
            }
            Self::Invitation { payer, amount, currency, days } => format!(
                "{payer} is paying you {currency} {amount}. Register, verify your name and open an account within \
                 {days} days to get it; after that it goes back."
            ),
        }
    }
}

fn zh_amount(amount: &str, currency: &str) -> String {
    if currency == "CNY" { format!("{amount} 元") } else { format!("{currency} {amount}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payment_code_names_payee_and_amount_before_the_code() {
        let text = Text::PaymentCode {
            code: "048213".to_owned(),
            payee: "李*宝".to_owned(),
            amount: "88.80".to_owned(),
            currency: "CNY".to_owned(),
            when: String::new(),
        };
        assert_eq!(
            text.render(Language::Zh),
            "【通宝银行】您将向李*宝付款 88.80 元，验证码 048213，5 分钟内有效。收款人或金额不对请勿使用。"
        );
        assert_eq!(
            text.render(Language::En),
            "Tongbao: pay CNY 88.80 to 李*宝: code 048213, valid for 5 minutes. Do not use it if payee or amount is wrong."
        );
        let again = |when: &str| {
            let Text::PaymentCode { code, payee, amount, currency, .. } = text.clone() else { unreachable!() };
            Text::PaymentCode { code, payee, amount, currency, when: when.to_owned() }
        };
        assert!(
            again("自 2026-11-29 起每周重复")
                .render(Language::Zh)
                .contains("您将自 2026-11-29 起每周重复向李*宝付款 88.80 元")
        );
        let english = again("every week from 2026-11-29").render(Language::En);
        assert!(english.contains("pay CNY 88.80 to 李*宝 every week from 2026-11-29: code"), "{english}");
    }
}
