
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
refusal-passport-reset_needs_more = A text alone does not reset this password
    .text = You have a passkey, token or key, so a text is not enough to show that it is you. Sign in with the passkey and set a new password under Security, or bring your ID to a branch. The password is as it was.
refusal-passport-texts_rest = Texts prove nothing for a while
    .text = A text alone has just reset the password. In case somebody else has the number, texts pay nothing and change no settings for another { $hours } h. Signing in and looking work as ever; if it is urgent, bring your ID to a branch.
refusal-passport-step_up_needed = First show that it is you
    .text =
        { $least_tier ->
            [one] Confirm by text, passkey, token or key; for ten minutes after that you can change security settings.
            [two] This needs your token or key. If you have neither, come to a branch with your ID.
           *[other] This needs your signing key. If you have none, come to a branch with your ID.
        }
refusal-passport-event_not_found = There is no such entry
    .text = Please go back to the list.

retail-factor-sms_code = Text code
retail-factor-passkey = Passkey
retail-factor-otp_token = Token with keypad
retail-factor-signing_key = Signing key (certificate)
retail-factor-security_key = Security key
retail-proof-by = Confirm by { $way }
retail-proof-others = Another way
retail-proof-none-reaches = Nothing that you have reaches this amount
retail-proof-reaches = Reaches { $left } now
retail-proof-unbounded = No limit
retail-proof-question = Type into the token
retail-proof-token-hint =
    { $left ->
        [one] The 6 digits that the token shows. Good for five minutes; you have one try left.
       *[other] The 6 digits that the token shows. Good for five minutes and { $left } tries.
    }
retail-proof-token-compare = Compare before you type: the first three are the last of the payee's account, the fourth is how many digits the amount has before its point, the next two are its first. All of them are made from payee, amount and a random number: with any change they are void.
retail-proof-token-code = The code on the token
retail-proof-token-demo = In the demonstration the token is a page
retail-proof-token-open = Open the demo token
retail-proof-signature = Signature
retail-proof-sign-hint =
    { $left ->
        [one] Let tongbao sign show and sign the text above, and paste the signature here. You have one try left.
       *[other] Let tongbao sign show and sign the text above, and paste the signature here. { $left } tries.
    }
retail-proof-lead-sms_code = The code is on its way.
retail-proof-lead-otp_token = Press Challenge on the token, type the digits below, and enter the six digits it shows.
retail-proof-lead-signing_key = Read the text below. Sign it only if payee and amount are right.
retail-proof-lead-passkey = Confirm with this device's fingerprint, face or screen lock.
retail-proof-lead-security_key = Plug in or tap your security key. It shows no payee: compare payee and amount above.
retail-proof-browser-none = This browser cannot use keys. Please choose another way.
retail-proof-browser-cancelled = That was not finished. Try again, or choose another way.
retail-proof-browser-script = This way needs scripts in the browser. Please choose another one.

retail-cap-method-payment = Reaches { $cap } a payment
retail-cap-method-day = Reaches { $cap } a day; { $left } left today
retail-cap-method-month = Reaches { $cap } a month; { $left } left this month
retail-cap-own-payment = Your own limit is { $cap } a payment
retail-cap-own-day = Your own limit is { $cap } a day; { $left } left today
retail-cap-tier-day = All ways of this strength reach { $cap } a day; { $left } left today
retail-cap-tier-month = All ways of this strength reach { $cap } a month; { $left } left this month
retail-cap-own-total = Your own limit of everything is { $cap } a day; { $left } left today
retail-cap-class-day = Such an account pays up to { $cap } a day; { $left } left today
retail-cap-class-year = Such an account pays up to { $cap } a year; { $left } left this year
retail-cap-qr-day = Such codes reach { $cap } a day; { $left } left today
retail-cap-locked = Locked
retail-cap-mandate = The mandate allows { $cap } a payment
retail-cap-risk = Risk control: up to { $cap } for now

refusal-payments-method_payment_exceeded = More than this way reaches in one payment
    .text = No money has moved. It reaches { $cap } a payment. Lower the amount, or use a stronger way to confirm.
refusal-payments-method_day_exceeded = More than this way reaches in a day
    .text = No money has moved. It reaches { $cap } a day; { $left } is left today. Lower the amount, pay tomorrow, or use a stronger way.
refusal-payments-method_month_exceeded = More than this way reaches in a month
    .text = No money has moved. It reaches { $cap } a month; { $left } is left this month. Lower the amount, or use a stronger way.
refusal-payments-own_total_exceeded = Over your own limit of the day
    .text = No money has moved. You set { $cap } a day; { $left } is left today. You can raise it under Limits.
refusal-payments-qr_day_exceeded = More than such codes reach in a day
    .text = No money has moved. They reach { $cap } a day; { $left } is left today.
refusal-payments-locked = Locked
    .text = No money has moved. You locked this; unlock it and try again.
refusal-payments-mandate_exceeded = More than the mandate allows
    .text = No money has moved. The mandate allows { $cap } a payment.
refusal-payments-risk_exceeded = For safety, not so much for now
    .text = No money has moved. Up to { $cap } is possible now; lower the amount or come to a branch.
refusal-accounts-matrix_invalid = The table of limits is not whole or not sensible
    .text = Fill in every line, above zero, a payment no more than a day, a day no more than a month. Please check { $line }.
refusal-accounts-matrix_not_found = There is no such version
    .text = Please go back to the list of versions.
refusal-accounts-matrix_from_past = The first day is over
    .text = Choose today or a later day.
refusal-accounts-matrix_from_far = The first day is too far away
    .text = Choose a day within a year.
refusal-accounts-matrix_stale = Another version was adopted since
    .text = Nothing was changed. Compare with the newest version and propose again.
refusal-accounts-own_limit_invalid = This limit is not right
    .text = Enter zero or more, with at most two decimals.

retail-prove = Show that it is you
retail-prove-do = Confirm
retail-prove-note = For ten minutes after that, security settings can be changed in this session.
retail-prove-why = Before security settings are changed, please show that it is you.
retail-prove-why-strong = This is a big step: it needs your token or key.
retail-prove-why-counter = This needs a token or a key, and you have none yet. Please come to a branch with your ID.

retail-own-limits = Payment limits
retail-own-intro = How far each way of confirming reaches. Lower a limit and it holds at once; raising or removing one needs a confirmation and holds 24 hours later.
retail-own-here-web = These are the limits of a browser; a bound device may have higher ones.
retail-own-here-mobile = These are the limits of this bound device.
retail-own-waiting = Waiting to take effect
retail-own-later = { $limit }: { $amount } from { $time }
retail-own-payment = My limit of a payment
retail-own-day = My limit of a day
retail-own-total = My limit of a day in total
retail-own-all = Everything together
retail-own-none = no limit
retail-own-set = Save
retail-own-bank = The bank's limit: { $amount }. Leave it empty to use the bank's alone.
retail-own-used-day = Used today
retail-own-used-month = Used this month
retail-own-not-held = You have none

retail-activity = Security activity
retail-activity-intro = Sign-ins, devices, confirmations and refused payments. If something was not you, say so: everything stops at once and staff follow it up.
retail-activity-none = Nothing yet.
retail-activity-not-me = Not me
retail-activity-older = Older
retail-event-signed-in = Signed in
retail-event-sign-in-failed = Wrong password, not signed in
retail-event-sessions-ended = Sessions were ended
retail-event-device-bound = A device was bound
retail-event-device-ended = A device was removed
retail-event-factor-added = A way to confirm was added
retail-event-factor-removed = A way to confirm was removed
retail-event-factor-locked = A way to confirm was locked
retail-event-proof-wrong = A confirmation failed
retail-event-window-opened = Security settings were opened
retail-event-payment-refused = A payment was refused
retail-event-limit-lowered = A limit was lowered
retail-event-limit-raised = A limit was raised
retail-event-lock-closed = A lock was closed
retail-event-lock-opened = A lock was opened
retail-event-card-shown = A card number was shown
retail-event-card-changed = A card was changed
retail-event-card-tail = Card ending { $tail }
retail-event-card-refused = A card payment was refused
retail-event-password-changed = The password was changed
retail-event-mobile-changed = The mobile number was changed
retail-event-kill-switch = Everything was stopped
retail-event-not-me = You said it was not you
retail-event-by-staff = Done by bank staff
    .permit = Leave to add a strong factor
    .sessions_ended = All sign-ins ended
    .token_given = A token was given out
    .token_removed = A token was taken away
    .signing_key_revoked = A signing key was revoked
    .security_key_removed = A security key was removed
    .passkeys_removed = All passkeys were removed

retail-stop = Stop everything
retail-stop-what = At once, when you press
retail-stop-sessions = Every session ends, this one and every program's token too
retail-stop-devices = Every device has to prove itself anew
retail-stop-cards = Cards stop working online
retail-stop-payments = Unconfirmed payments, waiting transfers and schedules are cancelled
retail-stop-money = The money in your accounts stays, and money sent to you still arrives
retail-stop-do = Stop everything now
retail-stop-after = Sign in with your password afterwards. What was handed to other banks already cannot be stopped.
retail-stopped = Everything is stopped
retail-stopped-text = Nobody can move your money with an earlier session, device or program now.
retail-stopped-sessions = Sessions ended
retail-stopped-tokens = Program tokens made void
retail-stopped-devices = Devices removed
retail-stopped-passkeys = Passkeys removed
retail-stopped-cards = Cards stopped online
retail-stopped-drafts = Unconfirmed payments cancelled
retail-stopped-recalled = Waiting payments taken back
retail-stopped-schedules = Schedules cancelled
retail-stopped-raises = Waiting limit raises dropped
retail-stopped-way =
    { $n ->
        [one] One payment was handed to another bank already and cannot be stopped.
       *[other] { $n } payments were handed to other banks already and cannot be stopped.
    }
retail-stopped-case = Bank staff have your report and will follow it up.
retail-stopped-next = Sign in on a device you trust and change your password at once. If your number is not safe either, come to a branch or call us.
retail-stopped-sign-in = Sign in again

retail-notice-killed = Everything was stopped
    .text = Every session, device and unfinished payment was ended. If this was not you, contact the bank now.
retail-notice-limit-lowered = A payment limit was lowered
    .text = It holds already.
retail-notice-limit-raised = A payment limit will be raised
    .text = It holds after the waiting time. If this was not you, stop everything now.
retail-notice-permitted = The counter allowed you to add a way to confirm
    .text = For half an hour. If this was not you, stop everything now.
retail-notice-texts-rest = Texts prove nothing for a while
    .text = A text alone has just reset your password. For { $hours } h texts pay nothing and change no settings, in case somebody else has your number. Not you? Stop everything now.
