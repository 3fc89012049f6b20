//! Where the credentials of an attacker were refused since they last worked there.

/// What a source remembers of rejections: for each route, which credentials were refused there, and in which order.
///
/// A rejection at one target says nothing of another, whose cache may still hold an entry.
#[derive(Clone, Debug, Default)]
pub struct Refusals {
    /// For each credential, route by route, which rejection was its last there; 0 if it worked since, or was never refused.
    last: Vec<u64>,
    /// How many credentials each route has.
    width: usize,
    /// How many rejections there were.
    rejections: u64,
    /// How many credentials were refused somewhere and have not worked there since.
    standing: u32,
    /// How often one was refused that was not before, or worked again.
    pub changes: u32,
}

impl Refusals {
    /// Nothing refused yet of so many credentials on so many routes.
    pub fn new(routes: usize, credentials: usize) -> Self {
        Self { last: vec![0; routes * credentials], width: credentials, ..Self::default() }
    }

    /// Back to nothing refused.
    pub fn reset(&mut self) {
        if self.rejections > 0 {
            self.last.fill(0);
            (self.rejections, self.standing, self.changes) = (0, 0, 0);
        }
    }

    /// Whether nothing is refused anywhere.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.standing == 0
    }

    /// Which rejection was the last of a credential on a route, the later the greater; 0 if it is not refused there.
    #[inline]
    pub fn last(&self, route: u16, credential: u16) -> u64 {
        self.last[self.place(route, credential)]
    }

    /// Takes note of whether a credential was refused on a route.
    #[inline]
    pub fn note(&mut self, route: u16, credential: u16, refused: bool) {
        let place = self.place(route, credential);
        self.rejections += u64::from(refused);
        let before = std::mem::replace(&mut self.last[place], if refused { self.rejections } else { 0 });
        if (before != 0) != refused {
            self.turn(refused);
        }
    }

    /// Whether a credential was refused on any route.
    pub fn anywhere(&self, credential: u16) -> bool {
        self.last.iter().skip(usize::from(credential)).step_by(self.width).any(|last| *last != 0)
    }

    /// A new credential takes the place of one, and was refused nowhere.
    pub fn forget(&mut self, credential: u16) {
        for place in (usize::from(credential)..self.last.len()).step_by(self.width) {
            if std::mem::take(&mut self.last[place]) != 0 {
                self.turn(false);
            }
        }
    }

    #[inline]
    fn turn(&mut self, refused: bool) {
        self.standing = if refused { self.standing + 1 } else { self.standing - 1 };
        self.changes += 1;
    }

    #[inline]
    fn place(&self, route: u16, credential: u16) -> usize {
        usize::from(route) * self.width + usize::from(credential)
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
        assert!(refusals.last(1, 0) < refusals.last(1, 69) && refusals.last(1, 69) < refusals.last(2, 69));
        assert_eq!([(0, 0), (2, 0), (1, 5)].map(|(route, credential)| refusals.last(route, credential)), [0; 3]);
        refusals.note(1, 69, false);
        assert!(refusals.last(1, 69) == 0 && refusals.anywhere(69) && refusals.anywhere(0) && !refusals.anywhere(1));
        refusals.forget(69);
        assert!(!refusals.anywhere(69) && refusals.last(1, 0) != 0 && !refusals.is_empty());
        refusals.note(1, 0, false);
        assert!(refusals.is_empty());
        refusals.note(1, 0, true);
        refusals.reset();
        assert!(refusals.is_empty() && !refusals.anywhere(0));
    }

    #[test]
    fn what_is_refused_again_is_the_last_and_no_change() {
        let mut refusals = Refusals::new(1, 2);
        refusals.note(0, 1, false);
        assert_eq!(refusals.changes, 0);
        refusals.note(0, 1, true);
        refusals.note(0, 0, true);
        assert_eq!(refusals.changes, 2);
        refusals.note(0, 1, true);
        assert!(refusals.changes == 2 && refusals.last(0, 1) > refusals.last(0, 0));
    }
}
