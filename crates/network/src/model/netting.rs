//! What of a window settles: everything, unless somebody would owe more than their net debit cap allows.

/// One payment of a window, between banks by their place in the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leg {
    /// Who pays.
    pub(crate) payer: usize,
    /// Who is paid.
    pub(crate) payee: usize,
    /// How much, above 0.
    pub(crate) amount_minor: i64,
}

/// Which legs settle. All of them count at once, so that two banks that owe each other need little. Whoever would end below
/// their floor loses their own last payments until they do not; that may take money from others, who are looked at again.
pub(crate) fn settle(positions: &[i64], floors: &[i64], legs: &[Leg]) -> Vec<bool> {
    let mut ends = positions.to_vec();
    let mut settles = vec![true; legs.len()];
    let change = |ends: &mut Vec<i64>, place: usize, amount: i64| {
        if let Some(end) = ends.get_mut(place) {
            *end = end.saturating_add(amount);
        }
    };
    for leg in legs {
        change(&mut ends, leg.payer, -leg.amount_minor);
        change(&mut ends, leg.payee, leg.amount_minor);
    }
    while let Some(last) = first_to_drop(&ends, floors, legs, &settles) {
        if let (Some(leg), Some(settled)) = (legs.get(last), settles.get_mut(last)) {
            *settled = false;
            change(&mut ends, leg.payer, leg.amount_minor);
            change(&mut ends, leg.payee, -leg.amount_minor);
        }
    }
    settles
}

/// The last payment, still in, of a bank below its floor.
fn first_to_drop(ends: &[i64], floors: &[i64], legs: &[Leg], settles: &[bool]) -> Option<usize> {
    let below = |leg: &Leg| match (ends.get(leg.payer), floors.get(leg.payer)) {
        (Some(end), Some(floor)) => end < floor,
        _ => true,
    };
    legs.iter().zip(settles).rposition(|(leg, settled)| *settled && below(leg))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(payer: usize, payee: usize, amount_minor: i64) -> Leg {
        Leg { payer, payee, amount_minor }
    }

    #[test]
    fn a_window_settles_whole_unless_a_cap_is_passed() {
        type Case<'a> = (&'a [i64], &'a [i64], &'a [Leg], &'a [bool]);
        let table: &[Case<'_>] = &[
            (&[0, 0], &[-100, -100], &[], &[]),
            (&[0, 0], &[-100, -100], &[leg(0, 1, 100)], &[true]),
            (&[0, 0], &[-100, -100], &[leg(0, 1, 101)], &[false]),
            // What two owe each other is netted first, whatever came first.
            (&[0, 0], &[-100, -100], &[leg(0, 1, 900), leg(1, 0, 850)], &[true, true]),
            // The last one goes, not the first, and only as many as must.
            (&[0, 0], &[-100, -100], &[leg(0, 1, 60), leg(0, 1, 30), leg(0, 1, 20)], &[true, true, false]),
            (&[0, 0], &[-100, -100], &[leg(0, 1, 60), leg(0, 1, 70), leg(0, 1, 30)], &[true, false, false]),
            // Without what the first one owes, the second one cannot pay the third.
            (&[0, 0, 0], &[-10, 0, 0], &[leg(0, 1, 50), leg(1, 2, 50)], &[false, false]),
            (&[0, 0, 0], &[-50, 0, 0], &[leg(0, 1, 50), leg(1, 2, 50)], &[true, true]),
            // Whoever is below already sends nothing, and may still be paid.
            (&[-200, 200], &[-100, -100], &[leg(0, 1, 1), leg(1, 0, 50)], &[false, true]),
        ];
        for (positions, floors, legs, expected) in table {
            assert_eq!(settle(positions, floors, legs), *expected, "{positions:?} {floors:?} {legs:?}");
        }
    }
}
