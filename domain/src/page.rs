//! Keyset pages.

/// How many rows a page may hold: 1..=100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limit(u16);

impl Limit {
    /// The largest page.
    pub const MAX: u16 = 100;
    /// The page somebody gets who does not ask for a size.
    pub const DEFAULT: Self = Self(50);
    /// The smallest page.
    pub const ONE: Self = Self(1);

    /// A limit of `rows`, if that is 1..=100.
    pub fn new(rows: i64) -> Option<Self> {
        u16::try_from(rows).ok().filter(|rows| (1..=Self::MAX).contains(rows)).map(Self)
    }

    /// The number of rows.
    pub fn rows(self) -> usize {
        usize::from(self.0)
    }

    /// One row more, which tells whether another page follows.
    pub fn probe(self) -> i64 {
        i64::from(self.0) + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// One page of a list, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Whether more follow in the same direction.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// Makes a page of rows fetched with [`Limit::probe`].
    pub fn probed(mut rows: Vec<T>, limit: Limit) -> Self {
        let has_more = rows.len() > limit.rows();
        rows.truncate(limit.rows());
        Self { items: rows, has_more }
    }

    /// The same page of other things.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), has_more: self.has_more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_1_to_100() {
        assert_eq!(Limit::new(0), None);
        assert_eq!(Limit::new(1).map(Limit::rows), Some(1));
        assert_eq!(Limit::new(100).map(Limit::rows), Some(100));
        assert_eq!(Limit::new(101), None);
        assert_eq!(Limit::new(-5), None);
        assert_eq!(Limit::new(1 << 40), None);
        assert_eq!(Limit::default().probe(), 51);
    }

    #[test]
    fn the_probed_row_says_that_more_follows_and_is_not_shown() {
        let limit = Limit::new(2).unwrap_or_default();
        assert_eq!(Page::probed(vec![1, 2, 3], limit), Page { items: vec![1, 2], has_more: true });
        assert_eq!(Page::probed(vec![1, 2], limit), Page { items: vec![1, 2], has_more: false });
        assert_eq!(Page::probed(vec![1, 2, 3], limit).map(|n| n * 2).items, vec![2, 4]);
    }
}
