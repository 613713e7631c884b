-- The classic way to keep an account: a row with its balance, and rows that say how it came about, tied together by
-- foreign keys as a bank's schema is.
-- A page leaves room for the new version of a row, as somebody would set it who cares for speed.
CREATE TABLE account (
    id            bigint NOT NULL PRIMARY KEY,
    balance_minor bigint NOT NULL,
    floor_minor   bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE subject (
    id    integer NOT NULL PRIMARY KEY,
    title text NOT NULL
);

INSERT INTO subject VALUES (2011, 'demand deposits of persons');

CREATE SEQUENCE transfer_number;

CREATE TABLE transfer (
    id           bigint NOT NULL PRIMARY KEY,
    payer        bigint NOT NULL REFERENCES account,
    receiver     bigint NOT NULL REFERENCES account,
    amount_minor bigint NOT NULL,
    booked_at    timestamptz NOT NULL DEFAULT now()
);

-- The key is the history of an account, which the ledger's index answers too.
CREATE TABLE entry (
    account             bigint NOT NULL REFERENCES account,
    transfer            bigint NOT NULL REFERENCES transfer,
    amount_minor        bigint NOT NULL,
    balance_after_minor bigint NOT NULL,
    PRIMARY KEY (account, transfer)
);

CREATE TABLE posting (
    transfer     bigint NOT NULL REFERENCES transfer,
    side         smallint NOT NULL,
    subject      integer NOT NULL REFERENCES subject,
    amount_minor bigint NOT NULL,
    PRIMARY KEY (transfer, side)
);

CREATE FUNCTION debit_credit(payer_id bigint, receiver_id bigint, amount bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    number           bigint := nextval('transfer_number');
    first_balance    bigint;
    first_floor      bigint;
    second_balance   bigint;
    second_floor     bigint;
    payer_balance    bigint;
    payer_floor      bigint;
    receiver_balance bigint;
BEGIN
    SELECT balance_minor, floor_minor INTO STRICT first_balance, first_floor
        FROM account WHERE id = least(payer_id, receiver_id) FOR UPDATE;
    SELECT balance_minor, floor_minor INTO STRICT second_balance, second_floor
        FROM account WHERE id = greatest(payer_id, receiver_id) FOR UPDATE;
    IF payer_id < receiver_id THEN
        payer_balance := first_balance; payer_floor := first_floor; receiver_balance := second_balance;
    ELSE
        payer_balance := second_balance; payer_floor := second_floor; receiver_balance := first_balance;
    END IF;
    IF payer_balance - amount < payer_floor THEN
        RAISE EXCEPTION 'the balance does not reach';
    END IF;
    UPDATE account SET balance_minor = payer_balance - amount WHERE id = payer_id;
    UPDATE account SET balance_minor = receiver_balance + amount WHERE id = receiver_id;
    INSERT INTO transfer (id, payer, receiver, amount_minor) VALUES (number, payer_id, receiver_id, amount);
    INSERT INTO entry VALUES (payer_id, number, -amount, payer_balance - amount);
    INSERT INTO entry VALUES (receiver_id, number, amount, receiver_balance + amount);
    INSERT INTO posting VALUES (number, 0, 2011, -amount);
    INSERT INTO posting VALUES (number, 1, 2011, amount);
    RETURN number;
END
$$;
