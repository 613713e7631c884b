
### Safety: ways to prove oneself, limits, the kill switch.

retail-account-tail = Last six digits of the account
retail-account-tail-hint = The last 6 digits of the account you pay from; the accounts page shows them.

refusal-passport-factor_unknown = There is no such way to confirm
    .text = Please choose one of those listed.
refusal-passport-factor_not_held = You do not have this
    .text = Please use one that you have, or add it under Safety first.
refusal-passport-asks_too_many = Too many attempts to confirm
    .text = Please try again in { $retry_after_s } seconds. No money has moved.
refusal-passport-proof_none = Nothing has been asked yet
    .text = Please choose how to confirm first.
refusal-passport-proof_other_factor = The way to confirm was changed
    .text = Please confirm as the page asks now, or choose again. Payee and amount are unchanged.
refusal-passport-proof_changed = Something changed, so this confirmation is void
    .text = Please confirm again. No money has moved.
refusal-passport-proof_expired = This confirmation has expired
    .text = Each is good for five minutes; please start again. Payee and amount are unchanged.
refusal-passport-proof_spent = This confirmation cannot be used again
    .text = Please start again or choose another way. Payee and amount are unchanged.
refusal-passport-proof_wrong = That did not confirm it
    .text =
        { $left ->
            [one] You have one try left, or choose another way.
           *[other] You have { $left } tries left, or choose another way.
        }
refusal-passport-step_up_needed = First show that it is you
    .text =
        { $least_tier ->
            [one] Confirm by text, passkey, token or key; for ten minutes after that you can change security settings.
            [two] This needs your token or key. If you have neither, come to a branch with your ID.
           *[other] This needs your signing key. If you have none, come to a branch with your ID.
        }
refusal-passport-event_not_found = There is no such entry
    .text = Please go back to the list.
