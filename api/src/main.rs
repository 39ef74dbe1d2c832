//! The program `confab`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    api::command::run(std::env::args().skip(1)).await
}
