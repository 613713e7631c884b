
### Passkeys, security keys, bound devices and patterns.

retail-notice-factor-added = A new way to confirm was added
    .text =
        { $factor ->
            [passkey] Passkey “{ $label }”. Not you? Stop everything now, then come to a branch.
            [security_key] Security key “{ $label }”. Not you? Stop everything now, then come to a branch.
           *[other] “{ $label }”. Not you? Stop everything now, then come to a branch.
        }
retail-notice-factor-removed = A way to confirm was removed
    .text = “{ $label }” confirms nothing any more. Not you? Change your password and come to a branch.
retail-notice-device-bound = A device was bound
    .text = Payments from it count as made on your phone. Not you? Unbind it and change your password.
retail-notice-device-unbound = A device was unbound
    .text = Payments from it count as made in a browser again.
retail-notice-gesture = A pattern was set
    .text = It opens one of your bound devices to look. Not you? Remove it under Safety.

refusal-passport-keys_unavailable = Passkeys and security keys do not work here
    .text = They need the bank's own name and a secure line. Please use another way.
refusal-passport-keys_too_many = You have as many of these as there can be
    .text = There can be { $most } of each sort. Please remove one that you no longer use.
refusal-passport-label_invalid = This name cannot be used
    .text = Please give it a name of at most { $most } characters.
refusal-passport-question_expired = This page is too old or was used already
    .text = Please open it again and start anew. Nothing has changed.
refusal-passport-key_refused = The answer of your key could not be taken
    .text = Please try again. If it keeps failing, use another key or browser; nothing has changed.
refusal-passport-key_unrecognised = The device did not check that it is you
    .text = Please set a screen lock, fingerprint or PIN on it first, then try again.
refusal-passport-key_known = This key is known already
    .text = Please look at the list, or take another key.
refusal-passport-key_not_found = There is no such key
    .text = It may have been removed already. Please look at the list again.
refusal-passport-passkey_refused = No one is signed in by this passkey
    .text = It may have been removed, or belong elsewhere. Please try again or sign in with your password.
refusal-passport-device_not_bound = This device is not bound
    .text = Please bind it under Safety first, or choose another way.
refusal-passport-device_unknown = This can only be done in a browser
    .text = Please sign in with the browser that you want to bind.
refusal-passport-device_unproven = The device did not prove its key
    .text = Its key may have been deleted with the browser's data. Sign in and bind the device again; scripts must be on.
refusal-passport-gesture_invalid = That is no pattern
    .text = Join different dots, or type different digits from 1 to 9.
refusal-passport-gesture_short = The pattern is too short
    .text = Please join at least { $least } dots.
refusal-passport-gesture_common = Many people draw this pattern
    .text = Please think of another one.
refusal-passport-gesture_differs = The two patterns differ
    .text = Please draw the same one twice.
refusal-passport-gesture_none = No pattern opens this browser
    .text = Please sign in with your password or passkey.
refusal-passport-gesture_wrong = That is not your pattern
    .text =
        { $left ->
            [one] You have one try left; your password always works.
           *[other] You have { $left } tries left; your password always works.
        }
refusal-passport-gesture_locked = Too many wrong patterns
    .text = Please sign in with your password or passkey. After that the pattern works again.
refusal-passport-looking_only = You are only looking
    .text = The pattern opens the bank to look. For this, please sign in with your password or passkey.
    .next = Sign in
