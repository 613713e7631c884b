
### Cards and other banks: what happened, and what to do.

refusal-payments-network_unavailable = The other banks cannot be reached
    .text = No money has moved and no card was bound. The network between banks does not answer; please try again in a few minutes.
refusal-payments-name_not_proven = Please prove your name first
    .text = A card is bound by your proven name and ID number. It takes a minute; come back after it.
refusal-payments-citizen_number_missing = We have not seen your ID card yet
    .text = A card is bound by your ID number, which was not asked for when you joined. Show your ID card at a branch and bind the card right after.
refusal-payments-card_number_invalid = That card number is not right
    .text = { $reason ->
        [length] A card number has 12 to 19 digits. Please count them on the card.
        [character] A card number has digits only. Please take the rest out.
       *[check_digit] One digit is mistyped. Please compare them with the card.
    }
refusal-payments-card_bank_unknown = We do not know the bank of this card
    .text = No card was bound. Compare the first digits; if they are right, that bank has not joined the network yet: use another card.
refusal-payments-card_bound_already = You have bound this card already
    .text = It is in your list of cards and ready to use.
refusal-payments-cards_too_many = Enough cards for now
    .text = You can bind { $most } cards. Unbind one that you no longer use, then bind the new one.
refusal-payments-card_checks_too_many = Too many tries for one day
    .text = No card was bound. For your safety there are { $most } tries in 24 hours; please go on tomorrow.
refusal-payments-card_mismatch = The other bank says that something does not match
    .text = No card was bound. Only your own cards can be bound, with the mobile number that you left with that bank. Compare both, or ask that bank.
refusal-payments-card_unknown = The other bank has no such card
    .text = No card was bound. Please compare the number with the card.
refusal-payments-card_closed = This card is closed
    .text = No card was bound. Use another card, or ask the bank that issued it.
refusal-payments-card_bank_too_many = The other bank asks you to wait
    .text = No card was bound. This card was tried too often; please try again in an hour.
refusal-payments-card_code_wrong = That code isn't right
    .text =
        { $left ->
            [one] One try left. The code is in the text from the other bank.
           *[other] { $left } tries left. The code is in the text from the other bank.
        }
refusal-payments-card_check_over = This try to bind a card is over
    .text = No card was bound. The codes were used up, or 10 minutes have passed. Please start again with the card number.
refusal-payments-card_check_not_found = There is no such try to bind a card
    .text = Please start again with the card number. Your money is not affected.
refusal-payments-card_not_found = There is no such card
    .text = It may have been unbound. Your money is not affected.
refusal-payments-correction_elsewhere = A payment between banks is not taken back by the books
    .text = Nothing has moved. The money is with another bank: that bank returns it, or we return what came in.
refusal-payments-elsewhere_bank_unknown = We do not know this bank
    .text = No money has moved. Choose the bank from the list; for a card it may be left empty, since the number tells it.
refusal-payments-elsewhere_account_invalid = That account number is not right
    .text = No money has moved. It has 4 to 34 digits or letters; please compare them one by one.
refusal-payments-elsewhere_name_invalid = That name is not right
    .text = No money has moved. Enter the full name under which the account is kept, up to 60 characters.
refusal-payments-real_time_exceeded = Too much for a payment at once
    .text = No money has moved. A payment at once goes up to { $cap }. Lower the amount, or use the next settlement.
refusal-payments-elsewhere_above_allowed = More than the other bank allows
    .text = The money did not go out and is back in your account. Lower the amount, or pay in parts.
refusal-payments-elsewhere_bank_limit = The limit between the banks is used up for now
    .text = The money did not go out and is back in your account. Try again a little later, or use the next settlement.
refusal-payments-elsewhere_blocked = The other account is blocked
    .text = The money did not go out and is back in your account. Ask the payee for another account.
refusal-payments-elsewhere_closed = The other account is closed
    .text = The money did not go out and is back in your account. Ask the payee for another account.
refusal-payments-elsewhere_no_account = The other bank has no such account
    .text = The money did not go out and is back in your account. Compare the number with the payee and pay again.
refusal-payments-elsewhere_no_funds = Not enough on that card
    .text = Nothing came in. Put money on the card first, or lower the amount.
refusal-payments-elsewhere_no_mandate = That bank says the card is not bound
    .text = Nothing came in. Unbind the card and bind it again.
refusal-payments-elsewhere_not_allowed = The other account does not take such payments
    .text = The money did not go out and is back in your account. Ask the payee for another account.
refusal-payments-elsewhere_not_received = This payment did not reach the network
    .text = No money has moved; what was set aside is back in your account. It is safe to pay again.
refusal-payments-elsewhere_refused = The other bank did not take it
    .text = The money did not go out and is back in your account. Check the payee, or ask that bank.
refusal-payments-elsewhere_too_late = Too late for this settlement
    .text = No money has moved; what was set aside is back in your account. Pay again; it goes with the next one.
refusal-payments-elsewhere_wrong_name = Name and account number do not match
    .text = The money did not go out and is back in your account. Compare both with the payee and pay again.
refusal-accounts-debit_card_frozen_again = The card was frozen again meanwhile
    .text = It stays frozen. Find out why, and propose it anew.
