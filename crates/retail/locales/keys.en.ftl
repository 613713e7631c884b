
### Passkeys, security keys, bound devices and patterns.

retail-keys-passkeys = Passkeys
    .text = Sign in with this device's fingerprint, face or screen lock instead of a password. In a bound device a passkey also confirms small payments, without a text.
retail-keys-passkey-add = Add a passkey
retail-keys-passkey-name = This device
retail-keys-security = Security keys
    .text = A key that you plug in or hold to the phone. It confirms large payments. It has no screen: it does not show payee or amount, so read them here before you touch it.
retail-keys-security-add = Add a security key
retail-keys-security-name = My key
retail-keys-added = Added
retail-keys-used = Last used
retail-keys-unused = not used yet
retail-keys-copied = may be on your other devices too
retail-keys-here-not = Passkeys and security keys work where the bank is reached by its name over a secure line. Here they do not.
retail-keys-label = Name
retail-keys-label-hint = So that you recognise it in the list.
retail-keys-new-passkey = Your device will ask for your fingerprint, face or screen lock. They stay in the device; the bank gets a key that answers for it.
retail-keys-new-security = Have the key at hand. Your browser will ask you to plug it in and touch it.
retail-keys-continue = Continue
retail-keys-waiting = Waiting for your device…
retail-keys-no-script = This step needs scripts: only your browser can talk to a key. Please switch them on for this page, or use another way.
retail-keys-trouble-none = This browser knows no passkeys here. Another browser or device may.
retail-keys-trouble-cancelled = Nothing was confirmed: it was cancelled, took too long, or no key here fits. You can try again.
retail-keys-trouble-known = This device already has one.
retail-keys-edit = Change
retail-keys-edit-title = Your key
retail-keys-save = Save
retail-keys-remove = Remove
retail-keys-remove-text = It signs in and confirms nothing any more. What your device keeps of it you remove there.
retail-device = This device
retail-device-bind = Bind this device
retail-device-text = A bound device holds a key that nobody can copy, and proves it with each payment. Payments from here then count as made on your phone.
retail-device-bound = Bound
retail-device-unbind = Unbind
retail-device-trouble = The device could not keep a key: private windows often cannot. Please try in an ordinary one.
retail-gesture = Pattern
retail-gesture-text = A pattern over nine dots opens this device quickly, to look. To pay or to change something you sign in as always.
retail-gesture-set = Set a pattern
retail-gesture-change = Change the pattern
retail-gesture-remove = Remove the pattern
retail-gesture-again = The same once more
retail-gesture-hint = Join at least four dots by drawing. Or type their numbers: 1 2 3 above, 4 5 6 in the middle, 7 8 9 below.
retail-gesture-pad = Nine dots. Draw, or press them one after the other.
retail-gesture-dot = Dot { $n }
retail-gesture-clear = Start again
retail-unlock = Quick look
retail-unlock-text = Draw your pattern to look at your accounts, { $mobile }.
retail-unlock-open = Open to look
retail-unlock-link = Open with the pattern
retail-unlock-none = No pattern opens this browser
    .text = Sign in, then bind this device and set a pattern under Safety.
retail-unlock-full = Sign in with password or passkey
retail-looking = You are looking. To pay or change something, sign in with your password or passkey.
retail-sign-in-passkey = Sign in with a passkey
retail-sign-in-or = or

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
