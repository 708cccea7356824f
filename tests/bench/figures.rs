//! Rounds, medians, and the table that is printed.

/// The measurements of one thing, a value for each round.
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) rounds: Vec<f64>,
}

impl Series {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            rounds: Vec::new(),
        }
    }

    pub(crate) fn median(&self) -> f64 {
        median(self.rounds.clone())
    }

    /// The median of the ratios within each round.
    pub(crate) fn ratio_to(&self, base: &Self) -> f64 {
        median(
            self.rounds
                .iter()
                .zip(&base.rounds)
                .map(|(one, other)| one / other)
                .collect(),
        )
    }
}

/// What is to be reached.
#[derive(Clone, Copy)]
pub(crate) enum Reach {
    AtMost(f64),
    AtLeast(f64),
}

/// Prints a headline and the heads of the columns.
pub(crate) fn heading(title: &str, unit: &str, base: &str) {
    println!("\n{title}");
    println!(
        "{:<58} {:>12} {:>22} {:>10}",
        "",
        unit,
        "rounds from … to",
        format!("× {base}")
    );
}

/// Prints one line: the median, its range, and the ratio to the base.
pub(crate) fn line(series: &Series, base: &Series) {
    let lowest = series.rounds.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = series.rounds.iter().copied().fold(0.0, f64::max);
    let range = format!("{} … {}", number(lowest), number(highest));
    let median = number(series.median());
    println!(
        "{:<58} {median:>12} {range:>22} {:>10.2}",
        series.name,
        series.ratio_to(base)
    );
}

/// Prints whether a figure reaches what it should.
pub(crate) fn verdict(what: &str, figure: f64, reach: Reach) {
    let (reached, wanted) = match reach {
        Reach::AtMost(limit) => (figure <= limit, format!("≤ {}", number(limit))),
        Reach::AtLeast(limit) => (figure >= limit, format!("≥ {}", number(limit))),
    };
    let mark = if reached { "reached" } else { "MISSED" };
    println!("  {mark}: {what}: {} (wanted {wanted})", number(figure));
}

/// The middle value; the lower one of two.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values
        .get(values.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(f64::NAN)
}

fn number(value: f64) -> String {
    match value {
        value if value >= 1_000.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}
