//! The form in which amounts travel through APIs: `{"value": "12.34", "currency": "CNY"}`.

use crate::parse::{Grouping, parse};
use crate::{Amount, AmountError, Currency};
use serde::{Deserialize, Serialize};

/// An amount as an API writes it. The value is a string, because a JSON number would become a float somewhere.
///
/// Read it with `Amount::try_from(&wire)` where the kind of error matters; [`Amount`] itself reads and writes this form
/// too. What comes in has no sign and no grouping; what goes out may have a `-`, on balances and movements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AmountWire {
    /// A decimal number with at most the currency's decimals, such as `12.34`.
    pub value: String,
    /// ISO 4217 code, such as `CNY`.
    pub currency: String,
}

impl From<Amount> for AmountWire {
    fn from(amount: Amount) -> Self {
        Self { value: amount.plain(), currency: amount.currency.code().to_owned() }
    }
}

impl TryFrom<&AmountWire> for Amount {
    type Error = AmountError;

    fn try_from(wire: &AmountWire) -> Result<Self, AmountError> {
        let currency = Currency::from_code(&wire.currency).ok_or(AmountError::UnknownCurrency)?;
        parse(&wire.value, currency, Grouping::Refused)
    }
}

impl Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        AmountWire::from(*self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(&AmountWire::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_two_strings() {
        let amount = Amount::new(1_284_630, Currency::CNY);
        let json = serde_json::to_string(&amount).unwrap();
        assert_eq!(json, r#"{"value":"12846.30","currency":"CNY"}"#);
        assert_eq!(serde_json::from_str::<Amount>(&json).unwrap(), amount);
        let debit = serde_json::to_string(&Amount::new(-5, Currency::CNY)).unwrap();
        assert_eq!(debit, r#"{"value":"-0.05","currency":"CNY"}"#);
    }

    #[test]
    fn what_programs_send_is_read_more_strictly_than_what_people_type() {
        for (json, error) in [
            (r#"{"value":"1,000.00","currency":"CNY"}"#, "this is not an amount"),
            (r#"{"value":"-1.00","currency":"CNY"}"#, "this is not an amount"),
            (r#"{"value":"","currency":"CNY"}"#, "no amount was given"),
            (r#"{"value":"1.001","currency":"CNY"}"#, "the amount has more decimals than the currency"),
            (r#"{"value":"1.00","currency":"ABC"}"#, "unknown currency"),
            (r#"{"value":1.00,"currency":"CNY"}"#, "invalid type: floating point"),
            (r#"{"value":"1.00"}"#, "missing field `currency`"),
            (r#"{"value":"1.00","currency":"CNY","x":1}"#, "unknown field `x`"),
        ] {
            let refused = serde_json::from_str::<Amount>(json).unwrap_err().to_string();
            assert!(refused.contains(error), "{json}: {refused}");
        }
    }
}
