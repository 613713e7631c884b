
### Cards and other banks.

retail-cards = Cards and other banks
    .text = Bind your card of another bank to move money in and out
retail-cards-none = No card is bound yet. Bind your card of another bank to move money in and out at any time.
retail-cards-note = Up to 5 cards, and only your own. The fee is 0.00. Between a bound card and your Class II accounts no class limit counts.
retail-card-since = Bound on
retail-card-bind = Bind a card
    .text = The number tells us the bank. Name and ID number are your proven ones; there is nothing to fill in.
retail-card-step-number = Card number
retail-card-step-mobile = Mobile
retail-card-step-code = Code
retail-card-number = Card number
retail-card-number-hint = The 12 to 19 digits on the card; spaces are fine
retail-card-owner = Cardholder
retail-card-mobile = Mobile number that this bank knows
retail-card-mobile-hint = The bank of the card texts a code to this number
retail-card-ask = Ask the bank for a code
retail-card-asking = Asking the bank…
retail-card-told = We tell { $bank } the card number, your name, your ID number and this mobile number; it checks whether the card is yours.
retail-card-code-sent = { $bank } has texted a code to { $to }.
retail-card-code = Code from the bank
retail-card-code-hint = Valid for 10 minutes; { $left } tries
retail-card-anew = No text, or a wrong card number? Start again
retail-card-done = Card bound
retail-card-unbind = Unbind a card
    .text = After that nothing comes in from this card, and sending money to it needs its number again. Money on its way is not affected. You can bind it again.
retail-card-unbind-do = Unbind
retail-notice-card-bound = A card was bound
    .text = { $bank }, ending { $tail }. If this was not you, unbind it and change your password now.
retail-notice-card-unbound = A card was unbound
    .text = { $bank }, ending { $tail }.
