//! The command line: arguments in, an exit code out, one file a command.

pub mod afford;
pub mod arguments;
pub mod check;
pub mod complaint;
pub mod exit;
pub mod explain;
pub mod folder;
pub mod init;
pub mod list;
pub mod opening;
pub mod output;
pub mod own_fault;
pub mod progress;
pub mod reference;
pub mod run;
pub mod schema;
pub mod single_file;
pub mod under_way;
