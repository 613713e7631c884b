
### What payments refuse beyond the ledger's own reasons.

refusal-payments-sms_payment_exceeded = Too much for a text code
    .text = No money has moved. A text code confirms up to { $cap } a payment. Lower the amount, or come to a branch.
refusal-payments-sms_day_exceeded = Over what text codes confirm in a day
    .text = No money has moved. Text codes confirm up to { $cap } a day; { $left } is left today. Lower the amount, pay tomorrow, or come to a branch.
refusal-payments-sms_month_exceeded = Over what text codes confirm in a month
    .text = No money has moved. Text codes confirm up to { $cap } a month; { $left } is left this month. Lower the amount, or come to a branch.
refusal-payments-invitation_not_possible = This payee cannot be invited
    .text = No money has moved. Only a mobile number can be invited, and only for a payment at once.
refusal-payments-invitations_too_many = Enough invitations for today
    .text = No money has moved. You can invite { $most } people a day; please go on tomorrow.
refusal-payments-request_not_found = There is no such link
    .text = No money has moved. Compare the address, or ask for a new link.
refusal-payments-request_over = This link is over
    .text = No money has moved. It was taken back or is older than 30 days. Ask for a new one.
refusal-payments-request_amount_differs = The link asks for another amount
    .text = No money has moved. It asks for { $asked }; pay that, or pay the person without the link.
refusal-payments-requests_too_many = Enough links for now
    .text = You can have { $most } open at once. Take back those that you no longer need.
refusal-payments-kill_not_found = There is no such stop
    .text = Nothing was changed. Go in again from the customer.
refusal-payments-stop_not_meant = Nothing was stopped
    .text = To stop everything, say so: stop_everything must be true.
