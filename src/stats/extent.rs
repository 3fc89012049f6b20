//! The least and the greatest of some values.

/// Both ends of some values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The least.
    pub least: i64,
    /// The greatest.
    pub greatest: i64,
}

impl Extent {
    /// Of one value.
    pub const fn only(value: i64) -> Self {
        Self { least: value, greatest: value }
    }

    /// Of some values; `None` of none.
    pub fn of(values: &[i64]) -> Option<Self> {
        let first = *values.first()?;
        let (mut least, mut greatest) = (first, first);
        for &value in values {
            least = least.min(value);
            greatest = greatest.max(value);
        }
        Some(Self { least, greatest })
    }

    /// Of both.
    pub fn and(self, other: Self) -> Self {
        Self { least: self.least.min(other.least), greatest: self.greatest.max(other.greatest) }
    }
}
