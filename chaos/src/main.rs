//! The judge of what clients of Confab saw.

#[cfg(test)]
mod checker;
#[cfg(test)]
mod history;

fn main() {}
