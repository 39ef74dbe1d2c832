//! The program `confab`.

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// Messages are made on one thread and let go on others, which costs glibc's allocator several times as much.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    api::command::run(std::env::args().skip(1)).await
}
