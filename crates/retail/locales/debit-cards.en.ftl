# Debit cards of our own, locks, and uses of cards
retail-row-card-refund = { $name } · refund
retail-kind-card-refund = Card refund
retail-receipt-card-until = The shop collects by
retail-waiting-card = Set aside for a shop; comes back on { $until } if it is not collected
retail-receipt-card = Card
retail-receipt-card-place = Place
retail-receipt-card-original = Shop's price
retail-receipt-card-rate = Rate
retail-receipt-card-rate-text = 100 { $currency } are CNY { $rate } ({ $source })

retail-own-cards = My debit cards
retail-other-cards = Cards of other banks
retail-own-cards-none = No debit card yet. Open a virtual one; you turn on paying online yourself.
retail-own-card-new = Open a virtual debit card
retail-own-card-new-text = The bank keeps number, expiry and security code; it is ready at once. Paying online starts off: turn it on when you need it. It is locked as your other cards are. The money comes from the account you choose.
retail-own-card-account = Pays from
retail-own-card-new-do = Open card
retail-own-card-debit = Debit card
retail-own-card-until = Good to
retail-own-card-from = Pays from { $account }
retail-own-card-show = Show number and code
retail-own-card-shown-title = Number and security code
retail-own-card-number = Card number
retail-own-card-cvv = Security code
retail-own-card-shown-note = This page closes itself after a minute. Take no picture and tell nobody; the bank never asks for it.
retail-own-card-hide = Close
retail-own-card-state = { $state ->
    [active] Active
    [frozen] Frozen
    [lost] Reported lost
    [replaced] Replaced
    [closed] Closed
   *[expired] Expired
}
retail-own-card-freeze = Freeze this card
retail-own-card-freeze-text = At once nothing can be paid with it. Unfreeze it when you have it back.
retail-own-card-freeze-do = Freeze
retail-own-card-unfreeze = Unfreeze this card
retail-own-card-unfreeze-text = It works as before; locks stay. First you prove that it is you.
retail-own-card-unfreeze-do = Unfreeze
retail-own-card-lost = Report this card lost
retail-own-card-lost-text = The number is dead at once and for ever. What shops have set aside is still settled. You can get a new card then.
retail-own-card-lost-do = Report lost
retail-own-card-replace = Replace this card
retail-own-card-replace-text = A new number; the old one is dead at once. Locks and the day's cap go with the new card, and what shops have set aside is still settled. First you prove that it is you.
retail-own-card-replace-do = Replace
retail-own-card-close = Close this card
retail-own-card-close-text = The number is dead for ever. Account and money are not touched.
retail-own-card-close-do = Close card
retail-own-card-online = Paying without the card
retail-own-card-online-on = On: it pays online
retail-own-card-online-off = Off: nothing online or by phone
retail-own-card-online-blocked = Stopped: too many wrong security codes
retail-own-card-online-turn-on = Turn on paying without the card
retail-own-card-online-turn-on-text = Number, expiry and security code then pay online, within the limit of the way by which you prove that it is you.
retail-own-card-online-turn-off = Turn off
retail-own-card-open = Turn on
retail-own-card-locks = Locks
retail-own-card-locks-on = { $count ->
    [0] None is on
    [one] 1 is on
   *[other] { $count } are on
}
retail-own-card-uses = Latest uses
retail-own-card-uses-none = This card has not been used yet.
retail-own-card-successor = To the new card
retail-own-card-do = Look after this card

retail-locks = Locks
retail-locks-note = Locking is one tap and works at once. To unlock or widen, you first prove that it is you. Locks come before limits: what a lock stops is not counted. Hong Kong, Macao and Taiwan count as abroad.
retail-lock-on = Locked
retail-lock-off = Open
retail-lock-do = Lock
retail-unlock-do = Unlock
retail-lock-change = Save
retail-lock-overseas = Overseas lock
retail-lock-overseas-text = Nothing at cash machines and terminals abroad.
retail-lock-overseas-not-present = Overseas online lock
retail-lock-overseas-not-present-text = Nothing abroad online or by phone.
retail-lock-region = Region lock
retail-lock-region-text = At machines and terminals only in the provinces and cities you choose; nowhere else, abroad included. Online payments have no place.
retail-lock-region-places = Home
retail-lock-region-places-hint = Choose a province or city; one tap locks the card to it.
retail-lock-region-whole = Whole province
retail-lock-region-add = Add and lock
retail-lock-region-remove = Remove { $place }
retail-lock-night = Night lock
retail-lock-night-text = Nothing in these hours, by the clock where the card is used; they may go over midnight.
retail-lock-night-from = From
retail-lock-night-until = To
retail-lock-night-shown = { $from } to { $until }
retail-lock-terminal-day = Daily cap at terminals
retail-lock-terminal-day-text = The most a day at cash machines and shop terminals, inclusive. A new card does not start it anew.
retail-lock-terminal-day-cap = Most a day
retail-lock-terminal-day-used = { $used } used today
retail-lock-terminal-day-shown = { $cap } a day

retail-use = Use of a card
retail-use-state = { $state ->
    [declined] Not paid
    [approved] Set aside
    [captured] Paid
    [reversed] Given up by the shop
    [expired] Not collected; the money is back
   *[deciding] Being decided
}
retail-use-merchant = Shop
retail-use-channel = How
retail-channel = { $channel ->
    [pos] Card at a terminal
    [atm] Cash machine
    [online] Online
   *[contactless] Contactless
}
retail-channel-by-phone = By phone or mail
retail-use-place = Place
retail-use-local-time = Time there
retail-use-refunded = Refunded
retail-use-locks = To the locks
retail-use-receipt = Receipt
retail-use-abroad = Abroad, { $country }

retail-notice-own-card-issued = Your debit card is ready
    .text = The card ending { $tail } can be used. You did not open it? Freeze it now and tell us.
retail-notice-own-card-frozen = Card frozen
    .text = Nothing can be paid with the card ending { $tail } until you unfreeze it.
retail-notice-own-card-unfrozen = Card unfrozen
    .text = The card ending { $tail } works again. Not you? Freeze it now.
retail-notice-own-card-lost = Card reported lost
    .text = The number ending { $tail } is dead for ever. You can get a new card.
retail-notice-own-card-closed = Card closed
    .text = The number ending { $tail } is dead. Account and money are not touched.
retail-notice-own-card-online = Paying without the card is on
    .text = The card ending { $tail } now pays online. Not you? Turn it off now.
retail-notice-own-card-code = Wrong security codes: online payments stopped
    .text = Somebody tried security codes with the number ending { $tail }. You? Turn it on again on the card's page. Not you? Replace the card.
retail-notice-own-card-lock = A lock was widened
    .text = A lock of the card ending { $tail } was opened or widened. Not you? Lock it now.
retail-notice-card-paid = Paid by card
    .text = The card ending { $tail } paid { $amount } to { $merchant }.
retail-notice-card-withdrawn = Cash withdrawn
    .text = The card ending { $tail } took { $amount } at { $merchant }.
retail-notice-card-refused = A payment was refused
    .text = The card ending { $tail } was to pay { $amount } at { $merchant }: { $why }. No money has moved.
retail-notice-card-refunded = A shop refunded you
    .text = { $merchant } gave { $amount } back to the account of the card ending { $tail }.
retail-notice-card-reversed = A shop gave up its claim
    .text = { $merchant } does not collect; { $amount } is yours to use again.

refusal-accounts-lock_overseas = The overseas lock is on
    .text = No money has moved. Was it you? Unlock it on the card's page and try again. If not, nothing to do.
refusal-accounts-lock_region = The region lock is on, and this is not home
    .text = No money has moved. Was it you? Add the place on the card's locks page and try again. If not, nothing to do.
refusal-accounts-lock_night = The night lock is on
    .text = No money has moved. Was it you? Unlock it on the card's page, or pay after these hours. If not, nothing to do.
refusal-accounts-lock_overseas_not_present = The overseas online lock is on
    .text = No money has moved. Was it you? Unlock it on the card's page and try again. If not, nothing to do.
refusal-accounts-lock_terminal_day = Over the daily cap at terminals
    .text = No money has moved. Pay less, pay tomorrow, or change the cap on the card's locks page.
refusal-accounts-lock_invalid = The lock cannot be set like this
    .text = Nothing has changed. Check the times, the places or the amount and save again.
refusal-accounts-cards_not_issued = This bank issues no cards
    .text = Cards are not set up here. Please contact us.
refusal-accounts-debit_card_not_found = There is no such card
    .text = Go back to your list of cards.
refusal-accounts-debit_cards_too_many = This account has enough cards
    .text = An account has at most { $most }. Close one that you do not use first.
refusal-accounts-debit_card_unknown = There is no such card
    .text = No money has moved. Check the number.
refusal-accounts-debit_card_frozen = The card is frozen
    .text = No money has moved. Unfreeze it on the card's page and try again.
refusal-accounts-debit_card_lost = The card was reported lost
    .text = Its number is dead for ever. You can get a new card.
refusal-accounts-debit_card_replaced = The card was replaced
    .text = No money has moved. Use the new card.
refusal-accounts-debit_card_closed = The card is closed
    .text = No money has moved. You can open a new card.
refusal-accounts-debit_card_expired = The card has expired
    .text = No money has moved. Replace the card.
refusal-accounts-debit_card_expiry_wrong = The expiry is not right
    .text = No money has moved. Check the month and year on the card.
refusal-accounts-debit_card_offline = Paying without the card is off
    .text = No money has moved. To pay online, turn it on on the card's page.
refusal-accounts-debit_card_code_missing = The security code is missing
    .text = No money has moved. Online payments need the card's three-digit code.
refusal-accounts-debit_card_code_wrong = Expiry or security code is wrong
    .text = No money has moved. Five wrong ones in a row stop online payments of the card. Not you? Replace the card.
refusal-accounts-debit_card_code_blocked = Too many wrong security codes: online payments stopped
    .text = No money has moved. You? Turn it on again on the card's page. Not you? Replace the card.
refusal-payments-card_currency_unknown = This currency cannot be converted now
    .text = No money has moved. Ask the shop for yuan, or pay in another way.
refusal-payments-authorisation_invalid = The card question cannot be read
    .text = No money has moved. The shop has to check it and send it again.
refusal-payments-authorisation_conflict = This reference was used before
    .text = No money has moved. A reference cannot ask for something else.
refusal-payments-authorisation_unknown = There is no such authorisation
    .text = Check the reference.
refusal-payments-authorisation_over = This authorisation is over
    .text = It was collected, given up or has expired; nothing more can be done with it.
refusal-payments-capture_too_large = More than can be collected or given back
    .text = The amount cannot be above what is set aside or was collected.
retail-use-why-funds = Not enough in the account
    .text = No money has moved. Bring some money in and pay again.
retail-use-why-limit = Over a limit of the account
    .text = No money has moved. Pay less, or pay tomorrow.
