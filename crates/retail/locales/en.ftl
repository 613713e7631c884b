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
retail-task-cards = Cards

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
retail-row-cash-out = Cash paid out
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
retail-amount-hint = { $amount } available, fee 0.00. What you hold confirms up to { $reach } now.
retail-memo = Memo
retail-memo-label = Memo (optional)
retail-memo-hint = Up to 60 characters; the payee can read it
retail-summary = This payment
retail-from = From
retail-fee = Fee
retail-arrival = Arrives
retail-arrival-now = At once
retail-confirm = Pay { $amount }
retail-confirm-note-delayed = The money is set aside now and arrives in 24 hours. Until then you can take it back.
retail-confirm-note-scheduled = Nothing is paid today. You can stop it at any time.
retail-arrival-delayed = In 24 hours; you can take it back until then
retail-rhythm-once = On { $first } at 9:00
retail-rhythm-daily = Every day from { $first } at 9:00
retail-rhythm-weekly = Every week from { $first } at 9:00
retail-rhythm-monthly = Every month from { $first } at 9:00
retail-rhythm-until = { $rhythm } until { $last }
retail-pay-code-send = Text a code to { $to }
retail-pay-code-note = The text names payee and amount. Use the code only if both are right.
retail-pay-code-sent = We sent a code to { $to }. The text names payee and amount: compare both.
retail-pay-code-hint =
    { $left ->
        [one] Six digits, good for 5 minutes and one more try. We never ask you for this code.
       *[other] Six digits, good for 5 minutes and { $left } tries. We never ask you for this code.
    }
retail-pay-code-wait =
    { $n ->
        [one] possible in one second
       *[other] possible in { $n } seconds
    }
retail-confirm-note = It arrives at once and cannot be called back. Please check the payee.
retail-paying = Paying…

retail-receipt = Receipt
retail-receipt-paid = Arrived
retail-receipt-received = Received
retail-receipt-refused = Not sent
retail-receipt-corrected = Corrected
retail-receipt-held = On its way
retail-receipt-recalled = Taken back
retail-receipt-returned = Came back to you
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
retail-meter-text-payment = Most per payment by text code
retail-meter-text-day = Left today by text code
retail-meter-text-month = Left this month by text code
retail-meter-this = This payment

retail-me = Me
retail-me-settings = Display
retail-me-amounts = Amounts
retail-me-session = This session
retail-me-since = Began
retail-me-until = Ends by
retail-sign-out = Sign out

### Open to everybody: accounts, fees, branches, help, security.

retail-place-products = Accounts
retail-place-rates = Rates & fees
retail-place-branches = Branches
retail-place-security = Security
retail-place-help = Help

retail-landing-look = See rates and fees first
retail-landing-classes = Three accounts, three sizes of trust
    .text = Start small online. Upgrade when you need more; your history comes with you.

retail-products = Kinds of account
    .text = Personal accounts come in three classes. All their limits are on this page.
retail-products-classes = The three classes
retail-products-rules = How limits count
retail-products-counted = Out and in count apart
    .text = The limits of a day and a year hold once for money out and once for money in, the very last cent included. Money to and from your bound Class I account does not count.
retail-products-start = An upgrade keeps count
    .text = When Class III becomes Class II the limits grow at once; what you used that day and that year still counts.
retail-products-midnight = A day begins at midnight
    .text = Midnight where the bank is, not in your phone's time zone; a year begins on 1 January.
retail-products-name = First your name, then an account
    .text = Every account belongs to a person whose name was verified. Looking around needs no account.

retail-offer-one = Class I account
    .opened = Opened at the counter
    .text = Everything a bank account does. One per person.
retail-offer-two = Class II account
    .opened = Opened online once your name is verified
    .text = Pay, receive and save, next to your main account.
retail-offer-three = Class III account
    .opened = Opened online once your name is verified
    .text = Pocket money: small sums, small worries.
retail-offer-payment = Per payment online
retail-offer-online-day = Online per day
retail-offer-online-month = Online per month
retail-offer-day = Most per day
retail-offer-year = Most per year
retail-offer-holds = Holds at most
retail-offer-most = Per person
    .text =
        { $n ->
            [one] one
           *[other] up to { $n }
        }

retail-rates = Rates and fees
    .text = Shown before you confirm and once more on the receipt: the same figures as here.
retail-rates-fees = Fees
retail-rates-unit = In yuan (CNY)
retail-rate-transfer = Transfer
    .text = Between Tongbao accounts, near or far
retail-rate-elsewhere = Transfer to another bank
    .text = At once or with the next settlement; nothing for a return either
retail-rate-cards = To and from a bound card
    .text = Your own cards, as often as you like
retail-rate-account = Opening, keeping, closing an account
    .text = All three classes
retail-rate-cash = Cash in and out at the counter
    .text = During opening hours
retail-rate-paper = Statement and receipt
    .text = Take them yourself online, as often as you like
retail-rate-texts = Text messages
    .text = Codes and notices
retail-rates-interest = Balances earn no interest
    .text = The rate is 0.00 % a year. No class of account pays interest at present, however long the money stays; please do not bring money for the sake of interest.
retail-rates-absent = What we don't offer has no price
    .text = Foreign currency and loans are not offered at present.
retail-rates-change = A change is announced
    .text = Fees stand in the program and on this page, and every change can be looked up in the public record of the code.

retail-branches = Branches and hours
    .text = All hours are local time where the bank is.
retail-branches-none = This bank lists no branches.
retail-branch-demo = Demo branch
    .address = 1 Clearview Road, Demo City (in no real street)
    .note = The demonstration bank has this one branch, with no real people and no door to find. A real bank lists its own.
retail-branch-open = Open until { $time }
retail-branch-closed = Closed, opens { $day } { $time }
retail-branch-today = today
retail-branch-shut = Closed
retail-day-monday = Monday
retail-day-tuesday = Tuesday
retail-day-wednesday = Wednesday
retail-day-thursday = Thursday
retail-day-friday = Friday
retail-day-saturday = Saturday
retail-day-sunday = Sunday
retail-counter = At the counter
retail-counter-open = Open a Class I account
retail-counter-cash = Pay in and take out cash
retail-counter-freeze = Freeze an account, or lift it
retail-counter-mobile = Change your mobile number, reset your password
retail-counter-errors = Put right what was booked wrongly
retail-counter-bring = Please bring your ID card. Nobody can come for you: person and card come together.

retail-help = Help
    .text = Find your question, read what to do. No need to sign in.
retail-help-do = How to
retail-help-pay = How do I pay somebody?
    .text = Sign in, choose Pay, enter the payee's mobile or account number, then the amount. Before you confirm you see the payee's masked name, the fee and when it arrives; a code from your phone confirms it.
retail-help-receive = How do I get paid?
    .text = Choose Get paid: give others your mobile or account number, or send them a link. Money arrives at once and shows on your home page and statement.
retail-help-receipt = Where is my receipt?
    .text = Open any line of your statement: that is its receipt, exact to the second and to the cent.
retail-help-print = How do I print?
    .text = Receipts and statements have a Print button. The paper holds the content without the menus; you can save it as PDF too.
retail-help-when = What to do when
retail-help-wrong-payee = I paid the wrong person
    .text = Money that has arrived cannot be called back, so ask the payee to return it first. We never take money from them without their consent; the order number on the receipt is what the police need.
retail-help-refused = A payment did not work
    .text = The page says why, whether money moved, and what you can change. Where it says that no money has moved, not a cent has.
retail-help-network = The connection broke while I was paying
    .text = Look at your statement first. If the payment is there, it is paid; if not, it is not. Pressing the button of the same confirmation again still pays once.
retail-help-strange = There is a payment I don't know
    .text = Open its receipt: the masked name, memo and time are on it. If you still don't know it, change your password now and have the account frozen at a branch.
retail-help-not-arrived = The payee says nothing came
    .text = If the receipt says Arrived, the money is in the payee's account. Ask them to look at their other accounts and compare the order number.
retail-help-look = Made to suit you
retail-help-language = Change to Chinese
    .text = Use 中文 at the top right, or Language under Me. Once you are signed in we remember it.
retail-help-large = The print is too small
    .text = At the foot of a page or under Me, set the text size to Large. Same features, larger words and buttons, and pages can be read to you.
retail-help-hide = Somebody is looking over my shoulder
    .text = Tap the eye: all amounts turn into dots. Tap it again to bring them back.
retail-help-install = Put Tongbao on my home screen
    .text = Choose Add to Home Screen in your browser's menu; it then opens like an app. Without a network it tells you so, and keeps nothing of your accounts.
retail-help-person = Ask a person
    .text = If you would rather not do it alone, come to a branch and a colleague does it with you.

retail-security = Security centre
    .text = What swindlers ask for, a bank never does.
retail-never = We never
    .text = Whoever does is not the bank, even if they know your name and balance. Hang up and fill in nothing.
retail-never-code = ask for a text code: not by phone, not in a chat, not in person
retail-never-password = ask for your password, or send a link to "verify" it
retail-never-safe-account = tell you to move money to a "safe account"; there is no such thing
retail-never-screen = have you install software, share your screen or hand over your phone
retail-never-fee = take a fee before a loan, or a payment before a refund
retail-now = Do this now
retail-now-paid = I have paid a swindler
    .text = Call the police (110 in China) with the order number and time from the receipt, then have the account frozen at a branch. Minutes count.
retail-now-told = I told somebody my password or a code
    .text = Change your password at once and look at your statement. The change ends the sessions on all your other devices.
retail-now-lost = My phone is gone
    .text = Have your operator block the SIM, sign in from another device and end the lost one's session; if you cannot sign in, come to a branch.
retail-guard = How we guard your money
retail-guard-name = You see the name first
    .text = The payee's masked name is shown before you pay. If it is not whom you expect, don't pay.
retail-guard-once = Paid once
    .text = A double click or a lost connection never pays twice.
retail-guard-books = Books that cannot be rewritten
    .text = Every entry carries the fingerprint of the one before it, so that a changed one shows. An error is put right by another entry, never by erasing.
retail-guard-code = Code you can read
    .text = Tongbao is open source. How it keeps its rules is written in the code, and anybody may check.

retail-large-pay = Pay
    .text = family and friends
retail-large-receive = Get paid
    .text = so others can pay me
retail-large-statement = Statement
    .text = where my money went
retail-large-fraud = Fraud
    .text = ask before you pay
retail-large-help = Ask for help
    .text = read how, or come to a branch

### Joining, codes by text, the demonstration's phone.

retail-join = Join with a text code
retail-join-note = A mobile number is enough to look around. No account needed yet.
retail-join-known = Have a password already?
retail-register = Join Tongbao
    .text = Enter your mobile number and we text you a code.
retail-register-done = Join
retail-reset = Reset your password
    .text = Enter the mobile number you joined with, prove it, and set a new password. All other sessions end.
retail-reset-done = Set the new password
retail-was-reset = Your password is changed.
    .text = Please sign in with it; all other sessions have ended.
retail-forgot = Forgot your password?
retail-not-yet = New here? Join with a text code
retail-code = Text code
retail-code-hint = Six digits, good for 5 minutes. We never ask you for this code.
retail-code-sent = We sent a text to { $to }. If nothing comes, check the number.
retail-code-send = Send the code
retail-code-sending = Sending…
retail-code-again = Send another code
retail-other-number = Use another number
retail-new-password = Choose a password
retail-new-password-hint = At least 8 characters; a few words in a row are easiest to keep and hardest to guess
retail-busy = One moment…
retail-inbox-hint = The demonstration bank sends no real texts
retail-inbox-open = Open the demo phone to read it
retail-phone = Demo phone
retail-phone-note = Demo inbox: texts appear only here and are never really sent
retail-phone-owners = Whose phone
retail-phone-to = To { $to }
retail-phone-empty = No texts to this number yet
retail-phone-back = Keep these six digits and go back to the page you came from.

retail-newcomer = Hello and welcome
    .text = You have joined with your mobile number and may look around.
retail-newcomer-look = Have a look
retail-newcomer-products = Three kinds of account
    .text = What each may do, and where it is opened
retail-newcomer-rates = Rates and fees
    .text = The fee on a transfer is 0.00
retail-newcomer-branch = Branches
    .text = Bring your ID card and open a Class I account
retail-newcomer-security = Security centre
    .text = What a bank never asks
retail-me-visitor = Visitor
retail-transfer-none = A payment needs an account, and you have none yet.

### Proving a name, sessions and devices, notices.

retail-identity = Prove your name
    .text = Enter your name and ID number as they stand on your card; we ask the registry once. You stay the same person, with your history and settings.
retail-identity-name = Name
retail-identity-name-hint = As on the card, rare characters and the middle dot included
retail-identity-number = ID number
retail-identity-number-hint = 18 characters; the last may be an X
retail-identity-prove = Check
retail-identity-busy = Checking…
retail-identity-kept = The number is kept encrypted; pages show its ends alone.
retail-identity-done = Your name is proven
retail-identity-since = Proven
retail-identity-demo = Demonstration bank: enter no real number
    .text = This number belongs to nobody: { $number }. Any name will do.
retail-safety = Sign-ins and password
retail-safety-open = See who is signed in, end other sessions
retail-safety-sessions = Signed in now
retail-safety-devices = Devices we know
retail-safety-no-devices = No device is remembered yet.
retail-safety-program = A program
retail-safety-unknown = A browser without a name
retail-safety-seen = Last seen
retail-safety-first = First
retail-safety-here = This one
retail-safety-end = End
retail-safety-forget = Remove
retail-safety-end-others = End all other sessions
retail-safety-password = Change password
retail-safety-old = Present password
retail-safety-new = New password
retail-safety-old-hint = Forgot it? Leave it empty and prove yourself by token or key.
retail-safety-password-note = All your other sessions end with the change.
retail-notices = Notices
retail-notices-none = No notices yet
retail-notices-read = Mark all as read
retail-notice-new = New
retail-notice-welcome = Welcome to Tongbao
    .text = Look around first; prove your name when you want an account.
retail-notice-device = A new device signed in
    .text = { $device }. Not you? Open this, end the other sessions and change your password.
retail-notice-password = Your password was changed
    .text = All other sessions have ended. Not you? Reset your password now, then come to a branch.
retail-notice-taken = Your password was voided at the counter
    .text = Please set a new one with "Forgot your password?".
retail-notice-mobile = Your mobile number was changed
    .text = The new one is { $mobile }. All other sessions have ended.
retail-notice-identity = Your name is proven
    .text = { $name }, you can open an account now.
retail-notice-other = You have a notice
    .text = Open it, or compare with your statement.
retail-news =
    { $n ->
        [one] One new notice
       *[other] { $n } new notices
    }
retail-news-open = Read
retail-newcomer-identity = Prove your name
    .text = Name and ID number, one minute

retail-products-see = See the three kinds of account
retail-help-join = How do I join?
    .text = Enter your mobile number on the front page, type the code we text you and choose a password. No account and no papers are needed.
retail-help-name = How do I prove my name?
    .text = Choose Prove your name under Me and enter the name and number on your ID card. After three wrong tries there is a wait; if the registry cannot tell, bring your card to a branch.
retail-help-no-code = No code comes
    .text = Check the number, wait a minute and send another. Once a new one has come the old one is void. A code is good for 5 minutes and 5 tries.
retail-help-forgot = I forgot my password
    .text = Choose Forgot your password? where you sign in and set a new one with a text code. If the number is gone too, bring your ID card to a branch.

retail-open = Open an account
    .text = It opens at once and costs nothing. You may have up to five of each class.
retail-open-product = Kind of account
retail-open-two = Class II: everyday sums
retail-open-three = Class III: pocket money
retail-open-purpose = What it is for
retail-open-nickname = Name of the account
retail-open-nickname-hint = For you alone, up to 20 characters; may be empty
retail-open-do = Open it
retail-open-busy = Opening…
retail-open-first = An account belongs to a person whose name is proven. It takes a minute.
retail-purpose-daily = Everyday spending
retail-purpose-savings = Saving
retail-purpose-salary = Salary
retail-purpose-shopping = Shopping online
retail-purpose-travel = Travel
retail-purpose-family = Family
retail-purpose-other = Something else
