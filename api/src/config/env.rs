//! The variables that are set.

use std::collections::BTreeMap;
use std::path::Path;

use super::variables::Variable;

/// The variables that are set. Nothing else in this program looks at the environment of the process.
#[derive(Clone, Default)]
pub struct Env(BTreeMap<String, String>);

/// A variable, or the file they come from, is not as it should be. It never tells the value: that may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {message}")]
pub struct ConfigError {
    /// Which.
    pub name: String,
    /// What it takes.
    pub message: String,
}

impl ConfigError {
    /// The error of a variable, with what is wrong.
    pub fn new(variable: &Variable, message: impl Into<String>) -> Self {
        Self { name: variable.name.to_owned(), message: message.into() }
    }
}

impl Env {
    /// These variables.
    pub fn of<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// The variables of the process, and below them those of the file `.env` in its directory.
    pub fn from_process() -> Result<Self, ConfigError> {
        let mut variables = read_file(Path::new(".env"))?;
        let process = std::env::vars_os();
        // What is no Unicode is none of ours.
        variables
            .extend(process.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))));
        Ok(Self(variables))
    }

    /// What is set, if anything.
    pub fn get(&self, variable: &Variable) -> Option<&str> {
        self.0.get(variable.name).map(String::as_str)
    }

    /// What is set, or the default, read by `parse`. Empty is as good as not set.
    pub fn read<T>(&self, variable: &Variable, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, ConfigError> {
        let text = self.get(variable).map(str::trim).filter(|text| !text.is_empty()).unwrap_or(variable.default);
        parse(text).ok_or_else(|| ConfigError::new(variable, format!("takes {}", variable.takes)))
    }

    /// What is set, read by `parse`; `None` if nothing is, for variables whose default is made up.
    pub fn read_if_set<T>(
        &self,
        variable: &Variable,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        match self.get(variable).map(str::trim) {
            None | Some("") => Ok(None),
            Some(_) => self.read(variable, parse).map(Some),
        }
    }
}

fn read_file(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let broken = |message: &str| ConfigError { name: path.display().to_string(), message: message.to_owned() };
    match dotenvy::from_path_iter(path) {
        Ok(lines) => {
            // What dotenvy says of a line holds the line.
            let lines: Result<_, _> = lines.collect();
            lines.map_err(|_| broken("has a line that does not read NAME=value"))
        }
        Err(error) if error.not_found() => Ok(BTreeMap::new()),
        Err(_) => Err(broken("cannot be read")),
    }
}
