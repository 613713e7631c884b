\set payer random(1, :accounts)
\set other random(1, :accounts - 1)
\set receiver :other + case when :other >= :payer then 1 else 0 end
