//! Where settings come from: built-in values, `doorward.toml`, environment, flags; the later wins.
//! Reads names and places; what a value means is for `checks.rs`.
//!
//! Whatever is wrong is collected, so that one run tells all of it.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use crate::args::{LogFormat, ServeArgs};
use crate::keys::{self, ISSUER_KEYS, KEYS};

/// Read when `--config` and `DOORWARD_CONFIG` name no other.
const DEFAULT_FILE: &str = "doorward.toml";

/// Something wrong with a setting, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub place: String,
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// All settings as they were given, and where each was given.
pub struct Config {
    figment: Figment,
    file: Option<PathBuf>,
    pub ephemeral: bool,
}

/// One of the places, as figment wants it.
struct Layer {
    name: &'static str,
    values: Dict,
}

const FILE: &str = "file";
const ENVIRONMENT: &str = "environment";
const FLAGS: &str = "flags";
const BUILT_IN: &str = "default";

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

impl Config {
    /// Puts the places together. `env` is handed in, and so is everything else.
    pub fn read(flags: &ServeArgs, env: impl IntoIterator<Item = (String, String)>) -> (Config, Vec<Problem>) {
        let mut problems = Vec::new();
        let (file, from_file) = read_file(flags.store.config.as_deref(), &mut problems);
        let from_env = read_environment(env, &mut problems);
        let figment = Figment::new()
            .merge(Layer { name: BUILT_IN, values: built_in() })
            .merge(Layer { name: FILE, values: from_file })
            .merge(Layer { name: ENVIRONMENT, values: from_env })
            .merge(Layer { name: FLAGS, values: read_flags(flags) });
        (Config { figment, file, ephemeral: flags.ephemeral }, problems)
    }

    pub fn value(&self, name: &str) -> Option<Value> {
        self.figment.find_value(name).ok()
    }

    /// Where a setting was given, in the words of the one who gave it.
    pub fn place(&self, name: &str) -> String {
        let key = KEYS.iter().find(|key| key.name == name);
        let layer = self.figment.find_metadata(name).map_or(BUILT_IN, |metadata| metadata.name.as_ref());
        match layer {
            FILE => self.file.as_deref().unwrap_or(Path::new(DEFAULT_FILE)).display().to_string(),
            ENVIRONMENT => key.and_then(|key| key.env).unwrap_or(ENVIRONMENT).to_owned(),
            FLAGS => key.and_then(|key| key.flag).unwrap_or(FLAGS).to_owned(),
            _ => BUILT_IN.to_owned(),
        }
    }
}

fn built_in() -> Dict {
    let mut values = Dict::new();
    values.insert("dev".to_owned(), Value::from(false));
    values.insert("data".to_owned(), Value::from("./doorward-data"));
    values.insert("http".to_owned(), Value::from(vec!["127.0.0.1:8080"]));
    values.insert("https".to_owned(), Value::from(vec!["127.0.0.1:8443"]));
    values.insert("log".to_owned(), Value::from("info"));
    values.insert("log_format".to_owned(), Value::from("text"));
    values
}

/// A file that was asked for must be there; the one that is looked for by itself need not.
fn read_file(asked_for: Option<&Path>, problems: &mut Vec<Problem>) -> (Option<PathBuf>, Dict) {
    let path = asked_for.unwrap_or(Path::new(DEFAULT_FILE)).to_owned();
    let mut wrong = |message: String| problems.push(Problem { place: path.display().to_string(), message });
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound && asked_for.is_none() => return (None, Dict::new()),
        Err(error) => {
            wrong(format!("can't be read: {error}"));
            return (Some(path), Dict::new());
        }
    };
    let mut values = match Toml::string(&text).data() {
        Ok(mut profiles) => profiles.remove(&Profile::Default).unwrap_or_default(),
        Err(error) => {
            wrong(format!("is no valid TOML: {error}"));
            return (Some(path), Dict::new());
        }
    };
    remove_unknown(&mut values, "", &mut wrong);
    (Some(path), values)
}

/// Tells every name that is no setting, and takes it out.
fn remove_unknown(values: &mut Dict, table: &str, wrong: &mut impl FnMut(String)) {
    let full = |name: &str| if table.is_empty() { name.to_owned() } else { format!("{table}.{name}") };
    values.retain(|name, value| {
        let name = full(name);
        if KEYS.iter().any(|key| key.name == name) {
            if name == "issuers" {
                unknown_in_issuers(value, wrong);
            }
            return true;
        }
        if KEYS.iter().any(|key| key.name.starts_with(&format!("{name}."))) {
            match value {
                Value::Dict(_, inner) => remove_unknown(inner, &name, wrong),
                _ => wrong(format!("'{name}' is a table: write [{name}]")),
            }
            return matches!(value, Value::Dict(..));
        }
        wrong(unknown(&name, keys::nearest(&name, KEYS.iter().map(|key| key.name))));
        false
    });
}

fn unknown_in_issuers(value: &Value, wrong: &mut impl FnMut(String)) {
    for (index, entry) in value.as_array().into_iter().flatten().enumerate() {
        for name in entry.as_dict().into_iter().flat_map(Dict::keys) {
            if !ISSUER_KEYS.contains(&name.as_str()) {
                let full = format!("issuers[{index}].{name}");
                wrong(unknown(&full, keys::nearest(name, ISSUER_KEYS.iter().copied())));
            }
        }
    }
}

fn unknown(name: &str, nearest: Option<&str>) -> String {
    let hint = nearest.map(|nearest| format!("; did you mean '{nearest}'?")).unwrap_or_default();
    format!("unknown key '{name}'{hint}")
}

fn read_environment(env: impl IntoIterator<Item = (String, String)>, problems: &mut Vec<Problem>) -> Dict {
    let mut values = Dict::new();
    for (variable, text) in env {
        if !variable.starts_with("DOORWARD_") || keys::is_foreign(&variable) {
            continue;
        }
        match KEYS.iter().find(|key| key.env == Some(&variable)) {
            Some(key) => put(&mut values, key.name, Value::from(text)),
            None => {
                let nearest = keys::nearest(&variable, KEYS.iter().filter_map(|key| key.env));
                let hint = nearest.map(|nearest| format!("; did you mean {nearest}?")).unwrap_or_default();
                problems.push(Problem { place: variable, message: format!("there is no such setting{hint}") });
            }
        }
    }
    values
}

fn read_flags(flags: &ServeArgs) -> Dict {
    let mut values = Dict::new();
    let mut flag = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            put(&mut values, name, value);
        }
    };
    flag("dev", flags.dev.then(|| Value::from(true)));
    flag("data", flags.store.data.as_ref().map(|path| Value::from(path.display().to_string())));
    flag("database", flags.store.database.clone().map(Value::from));
    flag("http", (!flags.http.is_empty()).then(|| Value::from(flags.http.clone())));
    flag("https", (!flags.https.is_empty()).then(|| Value::from(flags.https.clone())));
    flag("log", flags.log.clone().map(Value::from));
    flag("log_format", flags.log_format.map(|format| Value::from(format.name())));
    values
}

fn put(values: &mut Dict, name: &str, value: Value) {
    match name.split_once('.') {
        None => {
            values.insert(name.to_owned(), value);
        }
        Some((table, rest)) => {
            let inner = values.entry(table.to_owned()).or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

impl LogFormat {
    pub fn name(self) -> &'static str {
        match self {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        }
    }
}
