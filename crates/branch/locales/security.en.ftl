### The second step of a staff sign-in, and tokens.

branch-second-step = Type the code
    .text = The password of { $number } is right. Now type the six digits that your token shows.
branch-second-step-lost = Token lost or broken? Two administrators can let you enrol a new one.
branch-token-code = Code
branch-token-code-hint = Changes every 30 seconds; each counts once.
branch-token = Enrol a token
branch-token-first = From now on a sign-in needs the code of this token as well as the password.
branch-token-spare = Both tokens will work. This leave is good for one token.
branch-token-seed = The token's key
    .text = Let any authenticator app read the picture, or type the letters and digits (by time, 6 digits, 30 seconds). It is shown to you alone; keep no picture of it.
branch-token-open = Open in an app on this device
branch-token-do = Enrol
branch-token-enrolled = Your token is enrolled.
    .text = Sign-ins elsewhere have ended.
branch-token-leave = Leave
    .lost = The old one is lost, enrol another
    .spare = Enrol a spare one
branch-token-demo = Tokens of the demo staff
    .text = In a real bank each member of staff holds their own token. Here the codes of the demo staff lie open, so that you can try.
branch-token-lasts = { $seconds } seconds until the next
branch-token-again = Show the codes of now
branch-act-lost-token = Token is lost
    .lead = Another administrator must agree. Then the old tokens end at once, all sign-ins end, and the member has three days to enrol a new one.
    .do = Propose
branch-act-spare-token = Allow a spare token
    .lead = Another administrator must agree. The present token stays good; the member has three days to enrol one more.
    .do = Propose

### Security cases: what customers said was not them.

branch-place-security = Security cases
branch-security-lead = What customers said was not them, on their page of recent activity. Look at the customer first, call them, and write down what you find.
branch-security-none-open = No case is open.
branch-security-none-closed = No case was closed yet.
branch-security-see-closed = Closed ones
branch-security-see-open = Open ones
branch-security-open = Open
branch-security-closed = Closed
branch-security-opened = Reported
branch-security-notes = Notes
branch-security-no-notes = Nobody wrote anything yet.
branch-security-note = What you found and did
branch-security-note-do = Write it down
branch-security-close = Write it down and close
branch-security-what = Not them
    .signed_in = A sign-in was not them
    .session = A sign-in was not them
    .device = A device is not theirs
    .device_bound = A device was not bound by them
    .factor_added = A factor was not added by them
    .payment = A payment was not theirs
    .payment_refused = A refused payment was not theirs
    .card_refused = A refused card payment was not theirs
    .all = Something was not them
