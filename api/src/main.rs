//! The program `confab`.

use std::process::ExitCode;

/// Of memory that is asked for and given back all the time, glibc's allocator keeps much and takes long to find it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    api::command::run(std::env::args().skip(1)).await
}
