//! Migrations are compiled in; this makes cargo notice when they change.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
