\set amount random(1, 1000)
SELECT debit_credit(:payer, :receiver, :amount);
