\set payer random(2, :accounts)
\set receiver 1
