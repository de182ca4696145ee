//! Enrollment over time, as a drawing that the server makes: coordinates only, words are the template's.

use twinlock_core::clock::{Day, Timestamp};

use crate::view::When;

/// The drawing's size in its own units; the page stretches it.
const WIDTH: i64 = 1000;
const HEIGHT: u64 = 300;

/// One day.
#[derive(Clone, Copy, Debug)]
pub struct ChartDay {
    /// Which; its place in the drawing.
    day: Day,
    /// The same for words.
    pub date: When,
    /// People who could sign in.
    pub people: u64,
    /// Those with a second factor that counts.
    pub enrolled: u64,
}

impl ChartDay {
    /// A day, seen from `now`.
    pub fn new(day: Day, people: u64, enrolled: u64, now: Timestamp) -> Self {
        Self { day, date: When::new(day.start(), now), people, enrolled }
    }
}

/// The drawing, oldest day first.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    /// The days.
    pub days: Vec<ChartDay>,
}

impl Chart {
    /// The first and the last day, where there is more than one: a line needs two.
    pub fn span(&self) -> Option<(ChartDay, ChartDay)> {
        match self.days.as_slice() {
            [first, .., last] => Some((*first, *last)),
            _ => None,
        }
    }

    /// The number at the upper edge.
    pub fn top(&self) -> u64 {
        self.days.iter().map(|day| day.people.max(day.enrolled)).max().unwrap_or_default().max(1)
    }

    /// The line of all people, as `points`.
    pub fn people(&self) -> String {
        self.line(|day| day.people)
    }

    /// The line of those enrolled.
    pub fn enrolled(&self) -> String {
        self.line(|day| day.enrolled)
    }

    /// The area under it.
    pub fn area(&self) -> String {
        format!("0,{HEIGHT} {} {WIDTH},{HEIGHT}", self.enrolled())
    }

    fn line(&self, number: impl Fn(&ChartDay) -> u64) -> String {
        let Some((first, last)) = self.span() else { return String::new() };
        let length = (last.day.0 - first.day.0).max(1);
        let top = self.top();
        let point = |day: &ChartDay| {
            let x = (day.day.0 - first.day.0) * WIDTH / length;
            format!("{x},{}", HEIGHT - number(day) * HEIGHT / top)
        };
        self.days.iter().map(point).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(days: &[(i64, u64, u64)]) -> Chart {
        let now = Timestamp::from_secs(1_790_000_000);
        let day =
            |(day, people, enrolled): &(i64, u64, u64)| ChartDay::new(Day(*day), *people, *enrolled, now);
        Chart { days: days.iter().map(day).collect() }
    }

    #[test]
    fn days_stand_where_they_belong_and_numbers_as_high_as_they_are() {
        let three = chart(&[(10, 4, 0), (11, 4, 1), (14, 8, 8)]);
        assert_eq!(three.top(), 8);
        assert_eq!(three.people(), "0,150 250,150 1000,0");
        assert_eq!(three.enrolled(), "0,300 250,263 1000,0");
        assert_eq!(three.area(), "0,300 0,300 250,263 1000,0 1000,300");
    }

    #[test]
    fn one_day_is_no_line() {
        for few in [chart(&[]), chart(&[(10, 4, 2)])] {
            assert!(few.span().is_none() && few.people().is_empty());
        }
    }

    #[test]
    fn nobody_at_all_is_a_line_at_the_bottom() {
        assert_eq!(chart(&[(1, 0, 0), (2, 0, 0)]).people(), "0,300 1000,300");
    }
}
