
### People: registering, codes, devices, proving a name.

refusal-notify-gateway_unavailable = We cannot send a text right now
    .text = Please try again in a minute. Nothing has changed and no money has moved.
refusal-passport-password_common = This password is among the first that thieves try
    .text = Take a few words that belong together only for you.
refusal-passport-session_not_found = There is no such session
    .text = It may have ended already. Please look at the list again.
refusal-passport-device_not_found = There is no such device
    .text = It may have been removed already. Please look at the list again.
refusal-passport-password_wrong = The present password is not right
    .text = Your password is unchanged. Please check it and try again.
refusal-passport-mobile_same = That is your number already
    .text = Enter the new number, or leave everything as it is.
refusal-passport-profile_invalid = We cannot read this
    .text = Please check the marked field; nothing has been saved yet.
refusal-passport-accounts_open = Some accounts are still open
    .text = You have { $open } open accounts. Move the money out and close them first, then come back.
refusal-passport-person_not_found = There is no such person
    .text = Please search again by mobile number.
