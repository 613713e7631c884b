
### People: registering, codes, devices, proving a name.

refusal-notify-gateway_unavailable = We cannot send a text right now
    .text = Please try again in a minute. Nothing has changed and no money has moved.
refusal-passport-password_common = This password is among the first that thieves try
    .text = Take a few words that belong together only for you.
refusal-passport-password_breached = This password has been stolen somewhere before
    .text = It stands in a list that thieves try. Take another one, which you use nowhere else.
refusal-passport-session_not_found = There is no such session
    .text = It may have ended already. Please look at the list again.
refusal-passport-device_not_found = There is no such device
    .text = It may have been removed already. Please look at the list again.
refusal-passport-password_wrong = The present password is not right
    .text = Your password is unchanged. Please check it and try again.
refusal-passport-mobile_moved = The number was changed meanwhile
    .text = Nothing was done. Look at the number of now and start again.
refusal-passport-mobile_same = That is your number already
    .text = Enter the new number, or leave everything as it is.
refusal-passport-profile_invalid = We cannot read this
    .text = Please check the marked field; nothing has been saved yet.
refusal-passport-accounts_open = Some accounts are still open
    .text =
        You have { $open ->
            [one] one open account
           *[other] { $open } open accounts
        }. Move the money out and close what is open first, then come back.
refusal-passport-person_not_found = There is no such person
    .text = Please search again by mobile number.
refusal-passport-citizen_number_invalid = That ID number is not right
    .text = It has 18 characters; the last may be an X. Please compare it with the card.
refusal-passport-too_young = Too young to open an account alone
    .text = From { $least } years on. Please come to a branch with a parent.
refusal-passport-already_verified = Your name is proven already
    .text = There is nothing more to do. You can open an account now.
refusal-passport-identity_mismatch = Name and ID number do not match
    .text = { $left ->
        [0] Please compare both with the card. For your safety the next try is in an hour.
        [one] Please compare both with the card. One try left.
       *[other] Please compare both with the card. { $left } tries left.
    }
refusal-passport-identity_try_later = Too many tries to prove this name
    .text = For your safety, please try again in { $retry_after_s } seconds, or come to a branch with your card.
refusal-passport-identity_unsure = The registry cannot tell
    .text = That is not your fault and no try is lost. Please come to a branch with your card.
refusal-passport-registry_unavailable = The ID registry gives no answer
    .text = No try is lost. Please try again in a few minutes; what you entered was not kept.
refusal-passport-identity_taken = You are a customer here already
    .text = Sign in with the mobile number that you used then. If you no longer have it, a branch can change it.
refusal-passport-permit_needed = Two members of staff must agree first
    .text = Nothing was given out. Propose leave for a strong factor; when a supervisor has agreed, there is half an hour.
refusal-passport-passkeys_changed = The passkeys are others by now
    .text = Nothing was removed. Look at the factors again and propose it anew.
