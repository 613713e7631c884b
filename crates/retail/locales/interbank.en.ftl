
### To and from other banks: what happened, and what to do.

refusal-payments-interbank_over = This payment has its result already
    .text = Load the page again to see it.
refusal-payments-not_returnable = This cannot be given back to another bank
    .text = No money has moved. Only money that came in from another bank and arrived can be given back.
refusal-payments-returned_already = This is being given back, or was
    .text = No more money has moved.
refusal-payments-case_closed = This case was closed before
    .text = What was written then stands.

retail-kind-interbank-out = To another bank
retail-kind-interbank-in = From another bank
retail-kind-top-up = Brought in
retail-kind-return = Returned
retail-row-return = Returned by { $name }
retail-row-top-up = From your card { $tail }
retail-receipt-expected = Should be there

retail-notice-elsewhere-settled = Your transfer has arrived
    .text = { $amount } to { $other }, { $bank }.
retail-notice-elsewhere-refused = Your transfer did not go through
    .text = { $amount } to { $other }, { $bank }, is back in your account: { $why }.
retail-notice-elsewhere-returned = A transfer came back
    .text = { $bank } gave back { $amount } that you sent to { $other }; it is in your account: { $why }.
retail-notice-elsewhere-checking = We are checking a payment
    .text = { $amount }, { $other }, { $bank }: the answer is late and we are asking. Nothing is paid twice; please do not pay again. We tell you how it ends.
retail-notice-elsewhere-received = Money from another bank
    .text = { $amount } from { $other }, { $bank }.
retail-notice-top-up-settled = Money from your card has arrived
    .text = { $amount } from { $bank }.
retail-notice-top-up-refused = Nothing came from your card
    .text = { $bank } did not pay out { $amount }: { $why }.
refusal-payments-not_stuck = This payment is not overdue yet
    .text = Wait for the clearing house, or ask now. It can be ended by hand only after its expected time.
refusal-payments-settlement_day_invalid = That cannot be the settlement day
    .text = It lies between the day the payment began and today; take it from the clearing house's paper.
refusal-payments-statement_missing = The statement of that day has not come
    .text = It will be compared as soon as it comes. If it never does, call the clearing house.
refusal-payments-statement_unusable = The statement of that day cannot be used
    .text = See its case, and ask the clearing house for another one.
