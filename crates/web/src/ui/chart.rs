//! Charts, drawn on the server as SVG: a balance as steps, and months as pairs of bars.
//!
//! A chart is a picture of a table that stands near it; readers hear its finding. Figures keep their size whatever the
//! width: places are percentages, only the line itself is stretched. No drawing is longer than 6 KB. When amounts are hidden
//! nothing is drawn: a line would tell what the dots keep.

use crate::{Locale, Page};
use askama::filters::HtmlSafe;
use money::{Amount, Currency};
use std::fmt::{self, Write};

/// Where zero lies, in percent of the height; below it stand days or months.
const FLOOR: i64 = 84;
/// How high the greatest value reaches; above it is room for a label.
const REACH: i64 = 64;
/// Labels nearer to each other than this, in percent of the height, would run together.
const LABEL_HIGH: i64 = 13;
/// The same along the width.
const LABEL_WIDE: i64 = 42;
/// A label of usual length has room beside its day in so much of the width, on a phone.
const LABEL_ROOM: i64 = 38;

/// What a chart is called, and what it shows in one sentence.
#[derive(Debug, Clone)]
pub struct ChartWords {
    /// An id that no other element of the page has.
    pub id: &'static str,
    /// Its name.
    pub title: String,
    /// What one sees in it.
    pub finding: String,
}

/// How values become heights, and what stands at the axis.
#[derive(Debug, Clone, Copy)]
struct Scale {
    locale: Locale,
    /// Minor units of one unit of the currency.
    unit: i64,
    /// What reaches the top, minor units.
    top: i64,
    /// Minor units from one line of the grid to the next; there are two above zero.
    step: i64,
}

impl Scale {
    /// Holds everything up to this value, with a grid of three round lines, zero among them.
    fn holding(greatest_minor: i64, currency: Currency, locale: Locale) -> Self {
        let unit = currency.minor_per_major();
        let top = greatest_minor.max(2 * unit);
        let (mut step, mut power) = (unit, unit);
        while power <= top / 2 {
            for tenths in [10, 20, 25, 40, 50_i64] {
                let round = power.saturating_mul(tenths) / 10;
                if round <= top / 2 && round % unit == 0 {
                    step = round;
                }
            }
            power = power.saturating_mul(10);
        }
        Self { locale, unit, top, step }
    }

    /// The height of a value: percent from the top.
    fn y(self, minor: i64) -> i64 {
        FLOOR - self.part(minor, REACH)
    }

    /// The same in thousandths, for the line.
    fn fine_y(self, minor: i64) -> i64 {
        FLOOR * 10 - self.part(minor, REACH * 10)
    }

    /// A value's share of what reaches the top.
    fn part(self, minor: i64, of: i64) -> i64 {
        let part = i128::from(minor.max(0)) * i128::from(of) / i128::from(self.top);
        part.min(i128::from(of)) as i64
    }

    /// A value at an axis: `5,000`, `1万`, `2.5万`, `10k`.
    fn short(self, minor: i64) -> String {
        let whole = minor / self.unit;
        let (size, word) = match self.locale {
            Locale::Zh if whole >= 100_000_000 => (100_000_000, "亿"),
            Locale::Zh if whole >= 10_000 => (10_000, "万"),
            Locale::En if whole >= 1_000_000 => (1_000_000, "M"),
            Locale::En if whole >= 1_000 => (1_000, "k"),
            _ => (1, ""),
        };
        let tenths = whole / (size / 10).max(1) % 10;
        let tenths = if size > 1 && tenths > 0 { format!(".{tenths}") } else { String::new() };
        format!("{}{tenths}{word}", whole / size)
    }

    fn grid(self, out: &mut impl Write) -> fmt::Result {
        for line in 0..=2 {
            let y = self.y(self.step * line);
            let class = if line == 0 { "chart-floor" } else { "chart-line" };
            write!(out, "<line class=\"{class}\" x1=\"0\" x2=\"100%\" y1=\"{y}%\" y2=\"{y}%\"/>")?;
        }
        Ok(())
    }

    fn axis(self, out: &mut impl Write) -> fmt::Result {
        for line in 0..=2 {
            let minor = self.step * line;
            write!(
                out,
                "<text class=\"chart-axis\" x=\"-6\" y=\"{}%\" dy=\".32em\" text-anchor=\"end\">{}</text>",
                self.y(minor),
                self.short(minor)
            )?;
        }
        Ok(())
    }
}

fn escaped(text: &str) -> String {
    super::HtmlFragment::text(text).to_string()
}

/// Hundredths of a percent, as they are written.
fn percent(hundredths: usize) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

fn open(out: &mut impl Write, class: &str, words: &ChartWords) -> fmt::Result {
    let ChartWords { id, title, finding } = words;
    write!(
        out,
        "<svg class=\"{class}\" role=\"img\" aria-labelledby=\"{id}-name {id}-finding\"><title id=\"{id}-name\">{}</title>\
         <desc id=\"{id}-finding\">{}</desc>",
        escaped(title),
        escaped(finding)
    )
}

/// The balance of a month, day by day: money jumps, so the line has steps. The lowest day bears a hollow square, the
/// last one of a month that still runs a vermilion one.
#[derive(Debug, Clone)]
pub struct BalanceChart {
    words: ChartWords,
    currency: Currency,
    locale: Locale,
    closings: Vec<i64>,
    days: usize,
    begins: usize,
    lowest: String,
    now: Option<String>,
    is_hidden: bool,
}

impl BalanceChart {
    /// A chart of a month of so many days, with the balance at the end of each day so far, in minor units; `lowest` is
    /// the word at the lowest day.
    pub fn new(
        page: &Page,
        words: ChartWords,
        currency: Currency,
        closings: Vec<i64>,
        days: usize,
        lowest: String,
    ) -> Self {
        Self {
            words,
            currency,
            locale: page.locale(),
            days: days.max(closings.len()),
            closings,
            begins: 0,
            lowest,
            now: None,
            is_hidden: page.hides_amounts(),
        }
    }

    /// The account begins on this day of the month, counted from 0; nothing is drawn before it.
    #[must_use]
    pub fn begins(mut self, day: usize) -> Self {
        self.begins = day.min(self.closings.len().saturating_sub(1));
        self
    }

    /// The month still runs: the last day is marked with this word.
    #[must_use]
    pub fn runs(mut self, now: String) -> Self {
        self.now = Some(now);
        self
    }

    /// The place of a day, counted from 0, in percent of the width.
    fn x(&self, day: usize) -> i64 {
        (day * 100 / (self.days - 1).max(1)) as i64
    }

    /// The same as it is written, to the hundredth.
    fn place(&self, day: usize) -> String {
        percent(day * 10_000 / (self.days - 1).max(1))
    }

    /// Whether the label of a day is better written to its left: where there is more room, unless the line jumps through
    /// the words there and not on the other side.
    fn leftward(&self, day: usize, scale: Scale) -> bool {
        let own = scale.y(self.closings[day]);
        let wide = (self.days - 1).max(1) * LABEL_WIDE as usize / 100;
        let calm = |days: &[i64]| days.iter().all(|closing| (scale.y(*closing) - own).abs() < LABEL_HIGH / 2);
        let left = self.x(day) >= LABEL_ROOM && calm(&self.closings[day.saturating_sub(wide).max(self.begins)..=day]);
        let right =
            self.x(day) <= 100 - LABEL_WIDE && calm(&self.closings[day..self.closings.len().min(day + wide + 1)]);
        match (left, right) {
            (true, false) => true,
            (false, true) => false,
            _ => self.x(day) > 55,
        }
    }

    fn label(&self, out: &mut impl Write, day: usize, scale: Scale, dy: i64, word: &str) -> fmt::Result {
        let (x, y) = (self.place(day), scale.y(self.closings[day]));
        let anchor = if self.leftward(day, scale) { "end" } else { "start" };
        let figure = Amount::new(self.closings[day], self.currency).grouped();
        let word = escaped(word);
        write!(
            out,
            "<text class=\"chart-label\" x=\"{x}\" y=\"{y}%\" dy=\"{dy}\" text-anchor=\"{anchor}\">{word} {figure}</text>"
        )
    }

    fn mark(&self, out: &mut impl Write, day: usize, y: i64, class: &str) -> fmt::Result {
        write!(
            out,
            "<svg class=\"chart-mark\" x=\"{}\" y=\"{y}%\"><rect class=\"{class}\" x=\"-5\" y=\"-5\" width=\"10\" height=\"10\" rx=\"2\"/></svg>",
            self.place(day)
        )
    }

    fn steps(&self, scale: Scale) -> String {
        let mut path = String::new();
        let mut before = None;
        for (day, minor) in self.closings.iter().enumerate().skip(self.begins) {
            let y = scale.fine_y(*minor);
            if before != Some(y) {
                // Writing to a String does not fail.
                let _ = match before {
                    None => write!(path, "M{} {y}", day * 10),
                    Some(_) => write!(path, "H{}V{y}", day * 10),
                };
                before = Some(y);
            }
        }
        let _ = write!(path, "H{}", (self.closings.len() - 1) * 10);
        path
    }
}

impl HtmlSafe for BalanceChart {}

impl fmt::Display for BalanceChart {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(last) = self.closings.len().checked_sub(1).filter(|_| !self.is_hidden) else { return Ok(()) };
        let greatest = self.closings.iter().copied().max().unwrap_or(0);
        let scale = Scale::holding(greatest, self.currency, self.locale);
        open(out, "chart", &self.words)?;
        scale.axis(out)?;
        out.write_str("<svg class=\"chart-plot\">")?;
        scale.grid(out)?;
        let (path, floor, width) = (self.steps(scale), FLOOR * 10, (self.days - 1).max(1) * 10);
        let begin = self.begins * 10;
        write!(
            out,
            "<svg width=\"100%\" height=\"100%\" viewBox=\"0 0 {width} 1000\" preserveAspectRatio=\"none\">\
             <path class=\"chart-wash\" d=\"{path}V{floor}H{begin}z\"/><path class=\"chart-steps\" d=\"{path}\"/></svg>"
        )?;
        for day in (0..self.days).filter(|day| *day == 0 || (day + 1) % 5 == 0 || day + 1 == self.days) {
            let (x, number) = (self.place(day), day + 1);
            // The last day and the one of the fives before it would touch.
            if number % 5 == 0 && number + 2 > self.days && number != self.days {
                continue;
            }
            let anchor = if day == 0 {
                "start"
            } else if number == self.days {
                "end"
            } else {
                "middle"
            };
            write!(out, "<text class=\"chart-axis\" x=\"{x}\" y=\"97%\" text-anchor=\"{anchor}\">{number}</text>")?;
        }
        let lowest = (self.begins..=last).min_by_key(|day| self.closings[*day]).unwrap_or(last);
        let (last_y, lowest_y) = (scale.y(self.closings[last]), scale.y(self.closings[lowest]));
        if let Some(now) = &self.now {
            write!(
                out,
                "<line class=\"chart-ahead\" x1=\"{}\" x2=\"100%\" y1=\"{last_y}%\" y2=\"{last_y}%\"/>",
                self.place(last)
            )?;
            self.mark(out, last, last_y, "chart-now")?;
            self.label(out, last, scale, -12, now)?;
        }
        let flat = self.closings[self.begins..].iter().all(|closing| *closing == self.closings[last]);
        if !flat && (lowest != last || self.now.is_none()) {
            self.mark(out, lowest, lowest_y, "chart-low")?;
            let (below, near) = (lowest_y < 66, (self.x(last) - self.x(lowest)).abs() < LABEL_WIDE);
            let own_y = if below { lowest_y + LABEL_HIGH } else { lowest_y };
            if self.now.is_none() || !near || (own_y - last_y).abs() >= LABEL_HIGH {
                self.label(out, lowest, scale, if below { 24 } else { -12 }, &self.lowest)?;
            }
        }
        out.write_str("</svg></svg>")
    }
}

/// A month in a chart of months.
#[derive(Debug, Clone)]
pub struct MonthBars {
    /// Its name, short.
    pub name: String,
    /// What came in, minor units.
    pub received_minor: i64,
    /// What went out, not negative.
    pub paid_minor: i64,
}

/// What came in and went out in up to six months: hatched and solid, with their figures above.
#[derive(Debug, Clone)]
pub struct MonthsChart {
    words: ChartWords,
    currency: Currency,
    locale: Locale,
    months: Vec<MonthBars>,
    is_hidden: bool,
}

impl MonthsChart {
    /// A chart of these months, oldest first.
    pub fn new(page: &Page, words: ChartWords, currency: Currency, months: Vec<MonthBars>) -> Self {
        Self { words, currency, locale: page.locale(), months, is_hidden: page.hides_amounts() }
    }

    /// A figure above a bar: whole yuan, in tens of thousands when it is longer than five digits.
    fn figure(scale: Scale, minor: i64) -> String {
        let whole = minor.saturating_add(scale.unit / 2) / scale.unit;
        if whole >= 100_000 {
            return scale.short(minor);
        }
        let digits = whole.to_string();
        match digits.len().checked_sub(3).filter(|lead| *lead > 0) {
            Some(lead) => format!("{},{}", &digits[..lead], &digits[lead..]),
            None => digits,
        }
    }
}

impl HtmlSafe for MonthsChart {}

impl fmt::Display for MonthsChart {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_hidden {
            return Ok(());
        }
        let count = self.months.len().max(1);
        let greatest = self.months.iter().map(|month| month.received_minor.max(month.paid_minor)).max().unwrap_or(0);
        let scale = Scale::holding(greatest, self.currency, self.locale);
        let id = self.words.id;
        open(out, "chart chart-months", &self.words)?;
        write!(
            out,
            "<defs><pattern id=\"{id}-hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><rect class=\"chart-hatch-ground\" width=\"6\" height=\"6\"/>\
             <rect class=\"chart-hatch\" width=\"2.4\" height=\"6\"/></pattern></defs>"
        )?;
        out.write_str("<line class=\"chart-floor\" x1=\"0\" x2=\"100%\" y1=\"84%\" y2=\"84%\"/>")?;
        for (place, month) in self.months.iter().enumerate() {
            // Hundredths of a percent, so that six months share the width evenly.
            let (slot, left) = (10_000 / count, place * 10_000 / count);
            let wide = percent(slot * 36 / 100);
            let (received_y, paid_y) = (scale.y(month.received_minor), scale.y(month.paid_minor));
            let together = (received_y - paid_y).abs() < LABEL_HIGH;
            let bars = [
                (10, received_y, month.received_minor, format!("fill=\"url(#{id}-hatch)\" class=\"chart-in\""), "+"),
                (52, paid_y, month.paid_minor, "class=\"chart-out\"".to_owned(), "\u{2212}"),
            ];
            for (from, y, minor, look, sign) in bars {
                let x = percent(left + slot * from / 100);
                let middle = percent(left + slot * (from + 18) / 100);
                let high = FLOOR - y;
                if high > 0 {
                    write!(out, "<rect {look} x=\"{x}\" y=\"{y}%\" width=\"{wide}\" height=\"{high}%\" rx=\"2\"/>")?;
                }
                if minor > 0 {
                    let dy = if together && from == 10 { -24 } else { -7 };
                    let class = if from == 10 { "chart-label chart-label-in" } else { "chart-label" };
                    let figure = Self::figure(scale, minor);
                    write!(
                        out,
                        "<text class=\"{class}\" x=\"{middle}\" y=\"{}%\" dy=\"{dy}\" text-anchor=\"middle\">{sign}{figure}</text>",
                        if together { received_y.min(paid_y) } else { y }
                    )?;
                }
            }
            write!(
                out,
                "<text class=\"chart-axis\" x=\"{}\" y=\"97%\" text-anchor=\"middle\">{}</text>",
                percent(left + slot / 2),
                escaped(&month.name)
            )?;
        }
        out.write_str("</svg>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> ChartWords {
        ChartWords { id: "balance", title: "Balance".to_owned(), finding: "It <rose>.".to_owned() }
    }

    fn scale(greatest_minor: i64) -> Scale {
        Scale::holding(greatest_minor, Currency::CNY, Locale::En)
    }

    #[test]
    fn the_grid_has_three_round_lines_and_holds_every_value() {
        for (greatest, step) in
            [(0, 100), (-5, 100), (100, 100), (1_284_630, 500_000), (1_000_000, 500_000), (990, 400)]
        {
            let scale = scale(greatest);
            assert_eq!(scale.step, step, "{greatest}");
            assert!(scale.y(2 * step) >= FLOOR - REACH && scale.y(greatest) >= FLOOR - REACH, "{greatest}");
        }
        let huge = scale(i64::MAX);
        assert_eq!((huge.y(0), huge.y(i64::MAX)), (FLOOR, FLOOR - REACH));
        assert_eq!(scale(100).y(-7), FLOOR, "nothing is drawn below zero");
    }

    #[test]
    fn an_axis_is_written_short_in_each_language() {
        let zh = |minor| Scale { locale: Locale::Zh, ..scale(1) }.short(minor);
        let en = |minor| scale(1).short(minor);
        assert_eq!(
            (zh(0), zh(500_000), zh(1_000_000), zh(2_500_000)),
            ("0".into(), "5000".into(), "1万".into(), "2.5万".into())
        );
        assert_eq!(
            (en(50_000), en(500_000), en(1_000_000), en(100_000_000)),
            ("500".into(), "5k".into(), "10k".into(), "1M".into())
        );
    }

    #[test]
    fn a_whole_month_of_jumps_stays_small_and_escapes_its_words() {
        let closings: Vec<i64> = (0..31).map(|day| if day % 2 == 0 { 123_456_789 } else { 9_876_543 }).collect();
        let chart = BalanceChart {
            words: words(),
            currency: Currency::CNY,
            locale: Locale::En,
            closings,
            days: 31,
            begins: 0,
            lowest: "lowest".to_owned(),
            now: Some("today".to_owned()),
            is_hidden: false,
        };
        let drawn = chart.to_string();
        assert!(drawn.len() <= 6 * 1024, "{}", drawn.len());
        assert!(drawn.contains("It &lt;rose&gt;.") && !drawn.contains("style="));
        assert!(drawn.contains("today 1,234,567.89") && drawn.contains("chart-low"));
        let empty = BalanceChart { closings: Vec::new(), ..chart };
        assert_eq!(empty.to_string(), "");
    }

    #[test]
    fn a_label_keeps_away_from_a_jump() {
        let chart = |closings: Vec<i64>| {
            let (currency, locale) = (Currency::CNY, Locale::En);
            let (words, lowest, is_hidden) = (words(), "lowest".to_owned(), false);
            let scale = Scale::holding(closings.iter().copied().max().unwrap(), currency, locale);
            let chart =
                BalanceChart { words, lowest, currency, locale, days: 30, begins: 0, closings, now: None, is_hidden };
            (chart, scale)
        };
        let mut jumps_soon = vec![400_000; 20];
        jumps_soon[13] = 350_000;
        jumps_soon.extend([1_300_000; 4]);
        let (soon, scale) = chart(jumps_soon);
        assert!(soon.leftward(13, scale));
        let mut jumped_before = vec![1_300_000; 10];
        jumped_before.extend([350_000; 20]);
        let (before, scale) = chart(jumped_before);
        assert!(!before.leftward(12, scale));
    }

    #[test]
    fn months_stay_small() {
        let month =
            |index: i64| MonthBars {
                name: format!("{index}月"), received_minor: 930_000 * index, paid_minor: 512_034
            };
        let chart = MonthsChart {
            words: words(),
            currency: Currency::CNY,
            locale: Locale::Zh,
            months: (0..6).map(month).collect(),
            is_hidden: false,
        };
        let drawn = chart.to_string();
        assert!(drawn.len() <= 6 * 1024, "{}", drawn.len());
        assert!(
            drawn.contains("+9,300")
                && drawn.contains("\u{2212}5,120")
                && !drawn.contains("5,121")
                && !drawn.contains("style=")
        );
    }
}
