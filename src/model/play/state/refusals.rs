//! Where the credentials of an attacker were refused since they last worked there.

/// What a source remembers of rejections: for each route, which credentials were refused there.
///
/// A rejection at one target says nothing of another, whose cache may still hold an entry.
#[derive(Clone, Debug, Default)]
pub struct Refusals {
    /// A bit for each credential, route by route: first those that are not minted, then what is.
    words: Vec<u64>,
    /// How many words each route has.
    width: usize,
    /// How often it was changed.
    pub changes: u32,
}

impl Refusals {
    /// Nothing refused yet of so many credentials on so many routes.
    pub fn new(routes: usize, credentials: usize) -> Self {
        let width = credentials.div_ceil(64);
        Self { words: vec![0; routes * width], width, changes: 0 }
    }

    /// Back to nothing refused.
    pub fn reset(&mut self) {
        if self.changes > 0 {
            self.words.fill(0);
            self.changes = 0;
        }
    }

    /// Whether a credential was refused on a route since it last worked there.
    #[inline]
    pub fn contains(&self, route: u16, credential: usize) -> bool {
        self.words[route as usize * self.width + credential / 64] >> (credential % 64) & 1 != 0
    }

    /// Takes note of whether a credential was refused on a route.
    #[inline]
    pub fn note(&mut self, route: u16, credential: usize, refused: bool) {
        let word = &mut self.words[route as usize * self.width + credential / 64];
        let bit = 1 << (credential % 64);
        if (*word & bit != 0) != refused {
            *word ^= bit;
            self.changes += 1;
        }
    }

    /// Whether a credential was refused on any route.
    pub fn anywhere(&self, credential: usize) -> bool {
        let (word, bit) = (credential / 64, 1 << (credential % 64));
        self.words.iter().skip(word).step_by(self.width).any(|word| word & bit != 0)
    }

    /// A new credential takes the place of one, and was refused nowhere.
    pub fn forget(&mut self, credential: usize) {
        let (word, bit) = (credential / 64, 1_u64 << (credential % 64));
        self.words.iter_mut().skip(word).step_by(self.width).for_each(|word| *word &= !bit);
    }
}

#[cfg(test)]
mod tests {
    use super::Refusals;

    #[test]
    fn each_route_has_a_memory_of_its_own() {
        let mut refusals = Refusals::new(3, 70);
        refusals.note(1, 0, true);
        refusals.note(1, 69, true);
        refusals.note(2, 69, true);
        assert!(refusals.contains(1, 0) && refusals.contains(1, 69) && refusals.contains(2, 69));
        assert!(!refusals.contains(0, 0) && !refusals.contains(2, 0) && !refusals.contains(1, 5));
        refusals.note(1, 69, false);
        assert!(!refusals.contains(1, 69) && refusals.anywhere(69) && refusals.anywhere(0) && !refusals.anywhere(1));
        refusals.forget(69);
        assert!(!refusals.anywhere(69) && refusals.contains(1, 0));
        refusals.reset();
        assert!(!refusals.anywhere(0));
    }

    #[test]
    fn what_is_noted_again_changes_nothing() {
        let mut refusals = Refusals::new(1, 2);
        refusals.note(0, 1, false);
        assert_eq!(refusals.changes, 0);
        refusals.note(0, 1, true);
        refusals.note(0, 1, true);
        assert_eq!(refusals.changes, 1);
    }
}
