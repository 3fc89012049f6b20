//! Dice by which texts of systems are made up at random.

use revdrill::random::stream::Stream;

/// Draws of one text.
pub struct Dice(pub Stream);

impl Dice {
    /// One of these, each as likely as the others.
    pub fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.0.index(of.len())]
    }

    /// Once in so many times one of these after a comma, else nothing.
    pub fn some(&mut self, chances: usize, of: &[&str]) -> String {
        if self.0.index(chances) == 0 { format!(", {}", self.one(of)) } else { String::new() }
    }
}
