
### Accounts: statement, details, checking of codes, certificates, profile.

retail-statement-download = Download CSV
retail-statement-paper = On paper
retail-statement-none = No movement fits these filters
retail-statement-none-yet = Nothing in the movements searched so far; there are older ones
retail-statement-search-on = Search further back
retail-month-opening = Balance before { $day }
retail-month-in = In
retail-month-out = Out
retail-month-now = Balance now
retail-month-closing = Balance at month's end
retail-month-today = today
retail-month-lowest = lowest
retail-month-count = { $n ->
    [one] 1 movement
   *[other] { $n } movements
  }
retail-month-nav = Another month
retail-month-chart = Balance in { $month }
retail-month-finding = The balance went from { $from } to { $to }; its lowest at the end of a day was { $lowest }, on { $day }.
retail-month-table = Figures day by day
retail-month-hidden = Amounts are hidden, so the chart is not drawn.
retail-filter-text = Name, memo or last digits
retail-filter-find = Find
retail-filter-more = Filter by date and amount
retail-filter-do = Apply
retail-filter-way = Direction
retail-filter-all = All
retail-filter-in = In
retail-filter-out = Out
retail-filter-from = From
retail-filter-to = To
retail-filter-least = At least
retail-filter-most = At most
retail-filter-active = Active filters
retail-filter-drop = , remove
retail-filter-clear = Clear all
retail-filter-chip-from = from { $day }
retail-filter-chip-to = to { $day }
retail-filter-chip-text = “{ $text }”
retail-filter-chip-least = at least { $amount }
retail-filter-chip-most = at most { $amount }
retail-filter-day-invalid = Choose a day that the calendar has, such as 2026-11-21.
retail-filter-days-crossed = The last day must not lie before the first.
retail-filter-amount-invalid = Enter digits with at most two decimals and no sign.
retail-filter-amounts-crossed = The greatest amount must not be below the least.
retail-csv-time = Time
retail-csv-kind = Kind
retail-csv-other = Other side
retail-csv-account = Its account ends in
retail-csv-received = In
retail-csv-paid = Out
retail-csv-balance = Balance
retail-csv-memo = Memo
retail-csv-order = Order
retail-csv-incomplete = This table is not complete: it stops at 10,000 movements. Download it month by month.
retail-kind-transfer = Transfer
retail-kind-card = Card payment
retail-kind-cash = Cash paid in
retail-kind-correction = Correction
retail-kind-other = Other
retail-paper = Statement of account
retail-paper-back = Back to the statement
retail-paper-period = Period
    .of = { $from } to { $to }
retail-paper-currency = Currency
retail-paper-made = Printed
retail-paper-filter = Filters
retail-paper-end = { $n ->
    [one] 1 movement. End of the statement.
   *[other] { $n } movements. End of the statement.
  }
retail-paper-cut = Only the newest { $n } movements are here. Print the statement month by month.
retail-comma = {", "}
retail-account-product = Kind of account

refusal-retail-filter_invalid = We cannot read these filters
    .text = Go back to the statement, correct the filters and try again.
