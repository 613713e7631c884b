### Texts of the personal bank's pages.

retail-bank = Tongbao Bank
retail-place-home = Home
retail-place-accounts = Accounts
retail-place-pay = Pay
retail-place-statement = Statement
retail-place-me = Me

retail-landing-headline =
    Keep your
    money where
    you can see it.
retail-landing-lead = Tongbao is an open-source bank. Every fee, limit and rule is written down where anyone can read it, and so is the code that keeps them.
retail-landing-try = Look around as a demo customer
retail-landing-try-note = Pick a demo customer, pay somebody, look at both sides of the books.
retail-coin-description = A round coin with a square hole and the characters kāi yuán tōng bǎo; in the hole: Li X*** received CNY 88.80, arrived 13:26
retail-coin-who = Li X*** received
retail-coin-done = Arrived 13:26
retail-fact-fee = 0.00
    .title = fee on every transfer
    .text = Shown before you confirm, and once more on the receipt.
retail-fact-once = Once
    .title = is how often you pay
    .text = A double click or a lost connection never pays twice.
retail-fact-always = 24 h
    .title = every day of the year
    .text = Money arrives at once, nights and holidays included.
retail-landing-can = What you can do today
    .text = We began with what people need every day.
retail-can-pay = Pay a mobile number
    .text = Number, amount, confirm. You see the payee's masked name before you pay.
retail-can-statement = See every balance
    .text = Each movement shows who, what for, how much, and the balance right after it.
retail-can-receipt = Keep a receipt
    .text = Exact to the second and to the cent, ready to print.

retail-sign-in-mobile = Mobile number
retail-sign-in-secret = Password
retail-sign-in-busy = Signing in…
retail-sign-in-demo = Demo customers
    .text = None of them is real. One tap and you are in as that person.
retail-sign-in-password = Password { $password }
retail-signed-out = You are signed out.
    .text = This device no longer holds your session.

retail-hello-morning = Good morning, { $name }
retail-hello-afternoon = Good afternoon, { $name }
retail-hello-evening = Good evening, { $name }
retail-available = Available
retail-home-recent = Recent movements
retail-home-all = Full statement
retail-home-no-account = You have no account yet.
retail-task-transfer = Transfer
retail-task-statement = Statement
retail-task-receive = Get paid

retail-accounts = Accounts
retail-account-number = Account number
retail-account-owner = Account holder
retail-account-bank = Bank
retail-account-balance = Book balance
retail-account-opened = Opened
retail-account-state = State
retail-account-normal = Normal
retail-account-frozen = Frozen
retail-account-closed = Closed
retail-account-hint = Others can pay you with this number or with your mobile number.
retail-account-unnamed = Savings account

retail-statement = Statement
retail-statement-of = { $name } { $number }, { $class }
retail-statement-caption =
    { $n ->
        [one] One movement, amount in { $currency }
       *[other] { $n } movements, all amounts in { $currency }
    }
retail-statement-note = All amounts in { $currency }
retail-statement-date = Date
retail-statement-who = Who and what for
retail-statement-amount = Amount
retail-statement-balance = Balance
retail-statement-pages = Pages
retail-statement-newest = Back to the newest
retail-statement-older = Older
retail-statement-empty = No movements yet
retail-statement-empty-action = See how to get paid
retail-print = Print
retail-row-out = To { $name }
retail-row-in = From { $name }
retail-row-card = { $name }
retail-row-cash = Cash paid in
retail-row-correction = Correction
retail-with-tail = ending { $tail }

retail-transfer = Transfer
retail-steps = Three steps of a transfer
retail-step-payee = Payee
retail-step-amount = Amount
retail-step-confirm = Confirm
retail-payee = Payee's mobile or account number
retail-payee-hint = 11-digit mobile number, or a 19-digit Tongbao account number
retail-transfer-demo = Demo customers
retail-next = Next
retail-change = Change
retail-amount = How much
retail-amount-hint = { $amount } available, fee 0.00
retail-memo = Memo
retail-memo-label = Memo (optional)
retail-memo-hint = Up to 60 characters; the payee can read it
retail-summary = This payment
retail-from = From
retail-fee = Fee
retail-arrival = Arrives
retail-arrival-now = At once
retail-confirm = Pay { $amount }
retail-confirm-note = It arrives at once and cannot be called back. Please check the payee.
retail-paying = Paying…

retail-receipt = Receipt
retail-receipt-paid = Arrived
retail-receipt-received = Received
retail-receipt-refused = Not sent
retail-receipt-corrected = Corrected
retail-receipt-payee = To
retail-receipt-payer = From
retail-receipt-time = Time
retail-receipt-order = Order number
retail-receipt-reason = Reason
retail-receipt-stub = Tongbao's own books are what counts. The seal is decoration, not proof.
retail-another = Another transfer

retail-instead = What works instead
retail-instead-change = Change the amount
retail-instead-less = Send { $amount } instead
retail-instead-leave = Leave it for now
retail-kept = To { $name }, { $shown }. Payee and amount are kept.
retail-meter-available = Available
retail-meter-day = Left for today
retail-meter-month = Left this month
retail-meter-year = Left this year
retail-meter-payment = Most per payment
retail-meter-room = The payee can take
retail-meter-this = This payment

retail-me = Me
retail-me-settings = Display
retail-me-amounts = Amounts
retail-me-session = This session
retail-me-since = Began
retail-me-until = Ends by
retail-sign-out = Sign out
