
### Paying later, again, and to who is no customer yet; whom one has paid.

retail-when = When: { $when }
retail-when-label = When to pay
retail-when-now = at once
retail-when-delayed = in 24 hours, can be taken back
retail-when-on = on a day
retail-when-daily = every day
retail-when-weekly = every week
retail-when-monthly = every month
retail-when-first = Day, or first day
retail-when-last = Last day (optional)
retail-when-note = Days begin tomorrow. It is paid at 9:00 from what is in the account then; each payment counts among what you confirm by text.
retail-arrival-invitation = Once they have an account; within 3 days
retail-confirm-note-invitation = The money is set aside and we text this number. If nobody comes within 3 days it goes back; you can take it back any time before.
retail-invitee = Not with us yet; the money waits 3 days
retail-invite = Invite { $number }?
    .text = They are not with us yet. We text this number your masked name and the amount. The money is set aside for 3 days: it arrives once they open an account, or goes back to you. You can take it back any time before.
retail-invite-do = Invite and go on
retail-transfer-recent = Paid before
retail-payees = Payees
retail-payees-all = All
retail-payees-edit = Edit
retail-payees-none = Nobody yet. Whoever you pay is kept here.
retail-payees-note = Tap a name to pay again. A removed one comes back with the next payment.
retail-payees-pay = , pay again
retail-payees-remove = Remove
retail-planned = Waiting and scheduled
    .text = Take back what waits, stop what repeats
retail-waiting = Waiting
retail-waiting-none = No money is waiting.
retail-waiting-delayed = Arrives on { $until }
retail-waiting-invitation = Invited; goes back on { $until } if nobody comes
retail-recall = Take it back
retail-schedules = Scheduled
retail-schedules-none = Nothing is scheduled. Choose a day under When as you fill in a transfer.
retail-schedule-next = Next: { $day }
retail-schedule-ended = Over
retail-schedule-stopped = Stopped by you
retail-schedule-paid =
    { $n ->
        [one] Last time paid, once so far
       *[other] Last time paid, tried { $n } times so far
    }
retail-schedule-refused = Last time not paid: { $reason }
retail-schedule-stop = Stop it
retail-receipt-arrives = Arrives
retail-receipt-runs-out = Goes back if nobody comes
retail-for-you = { $amount } from { $name } is waiting for you.
retail-for-you-open =
    { $n ->
        [one] Open an account and it is yours; it goes back on { $until }.
       *[other] Open an account and all { $n } payments are yours; this one goes back on { $until }.
    }
retail-for-you-limits =
    { $n ->
        [one] Your account does not take that much now. A Class II account does; it goes back on { $until }.
       *[other] Your account does not take so much now, { $n } payments wait. A Class II account does; this one goes back on { $until }.
    }
retail-notice-received = You were paid
    .text = { $amount } from { $other }.
retail-notice-posted = Your delayed transfer has arrived
    .text = { $amount } to { $other }.
retail-notice-returned = A transfer came back to you
    .text =
        { $why ->
            [expired] { $amount } for { $other }: nobody came for it within 3 days.
           *[other] { $amount } for { $other }: one of the accounts was frozen.
        }
retail-notice-claimed = Your invitation was taken up
    .text = { $other } has received { $amount }.
retail-notice-waits = Money is waiting for you
    .text =
        { $reason ->
            [payee_full] { $amount } from { $other } does not fit into your account. Move money out, or open a Class II account.
            [payee_limit_exceeded] { $amount } from { $other } is over your account's limit. We try again each hour; a Class II account takes more.
           *[other] { $amount } from { $other } cannot come into your account now. Open another one, or ask at a branch.
        }
retail-notice-scheduled = A scheduled transfer was paid
    .text = { $amount } to { $payee }.
retail-notice-schedule-refused = A scheduled transfer was not paid
    .text = { $amount } to { $payee }. Open it to see why; the next one is tried on its day.

retail-receive = Get paid
retail-receive-number = Your number
    .text = Whoever pays needs your mobile number or an account number, nothing else.
retail-request-copy = Copy
retail-request = Ask by a link
retail-request-account = Into
retail-request-amount = How much (optional)
retail-request-amount-hint = Left empty, whoever pays says how much.
retail-request-make = Make the link
retail-request-links = Your links
retail-request-none = No link yet. One can be sent in any chat, or scanned from this screen.
retail-request-any = Any amount
retail-request-until = Can be paid until { $day }
retail-request-expired = Over
retail-request-cancelled = Taken back by you
retail-request-paid =
    { $n ->
        [one] Paid once, { $total }
       *[other] Paid { $n } times, { $total }
    }
retail-request-cancel = Take the link back
retail-pay-link = Somebody asks you to pay
retail-pay-link-any = You say how much.
retail-pay-link-until = Until
retail-pay-link-sign-in = Sign in and pay
retail-pay-link-join = Not with us yet? Join, open an account, then open this link again.
retail-pay-link-note = A link proves nothing about who sent it. Pay only if you know the person and what it is for.
