//! The adapters of Confab.
pub mod db;
