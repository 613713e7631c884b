//! Medians, ratios and the table that a benchmark prints.

/// One run: the command as a person would type it, and what it said.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    pub(crate) command: String,
    pub(crate) figures: Vec<(String, f64)>,
}

impl Run {
    /// A figure by its key.
    pub(crate) fn figure(&self, key: &str) -> Option<f64> {
        self.figures.iter().find_map(|(name, value)| (name == key).then_some(*value))
    }
}

/// The middle of some figures, or the mean of the two in the middle.
pub(crate) fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.retain(|figure| figure.is_finite());
    figures.sort_by(f64::total_cmp);
    let half = figures.len() / 2;
    match (figures.len(), figures.get(half)) {
        (0, _) | (_, None) => None,
        (length, Some(upper)) if length % 2 == 1 => Some(*upper),
        (_, Some(upper)) => Some(f64::midpoint(figures[half - 1], *upper)),
    }
}

/// The median of a figure over runs; each figure has its own, so that no single run stands for all.
pub(crate) fn median_of(runs: &[Run], key: &str) -> Option<f64> {
    median(runs.iter().filter_map(|run| run.figure(key)).collect())
}

/// How often `b` goes into `a`, if both are there.
pub(crate) fn ratio(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.zip(b).filter(|(_, b)| *b > 0.0).map(|(a, b)| a / b)
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    PerSecond,
    Milliseconds,
    Seconds,
    Bytes,
    Gigabytes,
    Percent,
    Times,
    Count,
}

impl Unit {
    /// A figure for a person.
    pub(crate) fn show(self, figure: f64) -> String {
        match self {
            Self::PerSecond => format!("{}/s", thousands(figure)),
            Self::Milliseconds => format!("{figure:.1} ms"),
            Self::Seconds => format!("{figure:.2} s"),
            Self::Bytes => format!("{} bytes", thousands(figure)),
            Self::Gigabytes => format!("{:.2} GB", figure / 1e9),
            Self::Percent => format!("{:.0} %", figure * 100.0),
            Self::Times if figure < 10.0 => format!("{figure:.2}×"),
            Self::Times => format!("{}×", thousands(figure)),
            Self::Count => thousands(figure),
        }
    }
}

/// Groups of three digits: `1,234,567`.
fn thousands(figure: f64) -> String {
    let digits = format!("{:.0}", figure.max(0.0));
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Aim {
    AtLeast(f64),
    AtMost(f64),
    /// Shown, but nothing is asked of it.
    None,
}

impl Aim {
    fn show(self, unit: Unit) -> String {
        match self {
            Self::AtLeast(least) => format!("≥ {}", unit.show(least)),
            Self::AtMost(most) => format!("≤ {}", unit.show(most)),
            Self::None => String::new(),
        }
    }

    /// Whether a figure reaches it; nothing where there is nothing to reach or no figure.
    pub(crate) fn is_met(self, reached: Option<f64>) -> Option<bool> {
        match (self, reached) {
            (Self::AtLeast(least), Some(reached)) => Some(reached >= least),
            (Self::AtMost(most), Some(reached)) => Some(reached <= most),
            _ => None,
        }
    }
}

/// One row of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) work: String,
    pub(crate) aim: Aim,
    pub(crate) unit: Unit,
    pub(crate) reached: Option<f64>,
    /// How often the classic does it in the same time: with statements over the wire, and as one stored function.
    pub(crate) ratios: Option<(Option<f64>, Option<f64>)>,
}

const HEAD: [&str; 5] = ["work", "aim", "reached", "met", "ratio to PostgreSQL (statements / function)"];

/// The rows as a Markdown table whose columns are aligned for a terminal, too.
pub(crate) fn table(rows: &[Row]) -> String {
    let cells: Vec<[String; 5]> = rows
        .iter()
        .map(|row| {
            let reached = row.reached.map_or_else(|| "not measured".to_owned(), |figure| row.unit.show(figure));
            let met = row.aim.is_met(row.reached).map_or("", |met| if met { "yes" } else { "no" });
            let times = |ratio: Option<f64>| ratio.map_or_else(|| "–".to_owned(), |ratio| Unit::Times.show(ratio));
            let ratios = row
                .ratios
                .map_or_else(String::new, |(wire, function)| format!("{} / {}", times(wire), times(function)));
            [row.work.clone(), row.aim.show(row.unit), reached, met.to_owned(), ratios]
        })
        .collect();
    let head = HEAD.map(str::to_owned);
    let mut widths = [0; 5];
    for line in std::iter::once(&head).chain(&cells) {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    let mut push = |line: &[String; 5]| {
        for (width, cell) in widths.iter().zip(line) {
            text.push_str("| ");
            text.push_str(cell);
            text.push_str(&" ".repeat(width - cell.chars().count() + 1));
        }
        text.push_str("|\n");
    };
    push(&head);
    push(&widths.map(|width| "-".repeat(width)));
    cells.iter().for_each(push);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_and_ignores_what_is_no_number() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![7.0]), Some(7.0));
        assert_eq!(median(vec![9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 100.0]), Some(3.0));
        assert_eq!(median(vec![f64::NAN, 3.0]), Some(3.0));
        let run =
            |a: f64, b: f64| Run { command: String::new(), figures: vec![("a".to_owned(), a), ("b".to_owned(), b)] };
        let runs = [run(1.0, 30.0), run(2.0, 10.0), run(3.0, 20.0)];
        assert_eq!(
            (median_of(&runs, "a"), median_of(&runs, "b"), median_of(&runs, "c")),
            (Some(2.0), Some(20.0), None)
        );
    }

    #[test]
    fn a_ratio_needs_both_figures() {
        assert_eq!(ratio(Some(1000.0), Some(4.0)), Some(250.0));
        assert_eq!(ratio(Some(1000.0), Some(0.0)), None);
        assert_eq!(ratio(None, Some(4.0)), None);
        assert_eq!(ratio(Some(1.0), None), None);
    }

    #[test]
    fn figures_are_shown_with_their_units() {
        for (unit, figure, shown) in [
            (Unit::PerSecond, 1_234_567.4, "1,234,567/s"),
            (Unit::PerSecond, 999.6, "1,000/s"),
            (Unit::Milliseconds, 19.96, "20.0 ms"),
            (Unit::Seconds, 1.234, "1.23 s"),
            (Unit::Bytes, 298.0, "298 bytes"),
            (Unit::Gigabytes, 1.5e9, "1.50 GB"),
            (Unit::Percent, 0.97, "97 %"),
            (Unit::Times, 0.98, "0.98×"),
            (Unit::Times, 1530.2, "1,530×"),
            (Unit::Count, 2100.0, "2,100"),
        ] {
            assert_eq!(unit.show(figure), shown);
        }
    }

    #[test]
    fn the_table_says_aim_reached_and_ratio() {
        let row = |work: &str, aim, unit, reached, ratios| Row { work: work.to_owned(), aim, unit, reached, ratios };
        let rows = [
            row("answered", Aim::AtLeast(1e6), Unit::PerSecond, Some(1.25e6), Some((Some(812.0), None))),
            row("p99", Aim::AtMost(20.0), Unit::Milliseconds, Some(20.5), None),
            row("restart", Aim::AtMost(2.0), Unit::Seconds, None, None),
            row("PostgreSQL", Aim::None, Unit::PerSecond, Some(1539.0), None),
        ];
        assert_eq!(
            table(&rows),
            "\
| work       | aim           | reached      | met | ratio to PostgreSQL (statements / function) |
| ---------- | ------------- | ------------ | --- | ------------------------------------------- |
| answered   | ≥ 1,000,000/s | 1,250,000/s  | yes | 812× / –                                    |
| p99        | ≤ 20.0 ms     | 20.5 ms      | no  |                                             |
| restart    | ≤ 2.00 s      | not measured |     |                                             |
| PostgreSQL |               | 1,539/s      |     |                                             |
"
        );
    }
}
