//! The program `confab`, for tests that need a process of its own.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    api::command::run(std::env::args().skip(1)).await
}
