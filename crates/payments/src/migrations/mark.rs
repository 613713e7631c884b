//! What one partition of the ledger says of another's order.

pub(super) const TABLES: &str = "
-- What a transfer in another partition's journal did to an order that the tables do not have yet, or not as far: it waits here
-- until they have. Nothing else is ever in it.
CREATE TABLE payment_order_mark (
    sequence {i64} NOT NULL PRIMARY KEY,    -- of that transfer in the ledger
    order_id {i64} NOT NULL,
    payee {i64},                            -- the account that it was given on to; NULL: it was corrected
    contra {i64},                           -- the order that corrected it
    reason {text}
) {strict};
CREATE INDEX payment_order_mark_by_order ON payment_order_mark (order_id);
";
