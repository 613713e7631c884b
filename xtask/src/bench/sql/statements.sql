\set amount random(1, 1000)
\set taken 0 - :amount
\set first least(:payer, :receiver)
\set second greatest(:payer, :receiver)
BEGIN;
SELECT nextval('transfer_number') AS number \gset
SELECT balance_minor AS first_balance, floor_minor AS first_floor FROM account WHERE id = :first FOR UPDATE \gset
SELECT balance_minor AS second_balance, floor_minor AS second_floor FROM account WHERE id = :second FOR UPDATE \gset
\if :payer < :receiver
\set payer_after :first_balance - :amount
\set payer_floor :first_floor
\set receiver_after :second_balance + :amount
\else
\set payer_after :second_balance - :amount
\set payer_floor :second_floor
\set receiver_after :first_balance + :amount
\endif
\if :payer_after < :payer_floor
ROLLBACK;
\else
UPDATE account SET balance_minor = :payer_after WHERE id = :payer;
UPDATE account SET balance_minor = :receiver_after WHERE id = :receiver;
INSERT INTO transfer (id, payer, receiver, amount_minor) VALUES (:number, :payer, :receiver, :amount);
INSERT INTO entry VALUES (:payer, :number, :taken, :payer_after);
INSERT INTO entry VALUES (:receiver, :number, :amount, :receiver_after);
INSERT INTO posting VALUES (:number, 0, 2011, :taken);
INSERT INTO posting VALUES (:number, 1, 2011, :amount);
COMMIT;
\endif
