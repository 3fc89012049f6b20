//! The tests that see the project from outside, as one program: a file for each behaviour.

mod oracle;
