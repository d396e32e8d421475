//! tough as a peer: a client that speaks the conformance protocol, by the command line and by lines.

mod client;
mod values;
mod vectors;

use std::collections::HashMap;
use std::path::PathBuf;

use client::Update;

/// The given options by their names, each with all its values, and what follows them.
struct Arguments {
    options: HashMap<String, Vec<String>>,
    words: Vec<String>,
}

impl Arguments {
    fn read() -> Self {
        let mut options: HashMap<String, Vec<String>> = HashMap::new();
        let mut words = Vec::new();
        let mut given = std::env::args().skip(1);
        while let Some(word) = given.next() {
            match word.strip_prefix("--") {
                Some(name) => options.entry(name.into()).or_default().extend(given.next()),
                None => words.push(word),
            }
        }
        Self { options, words }
    }

    fn option(&self, name: &str) -> Option<String> {
        self.options.get(name).and_then(|values| values.first()).cloned()
    }

    fn needed(&self, name: &str) -> Result<String, String> {
        self.option(name).ok_or(format!("--{name} is missing"))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if let Err(error) = run(Arguments::read()).await {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

async fn run(given: Arguments) -> client::Done {
    let command = given.words.first().map_or("", String::as_str);
    if command == "vectors" {
        return vectors::answer_lines().await;
    }
    let metadata_dir = PathBuf::from(given.needed("metadata-dir")?);
    if command == "init" {
        return client::init(&metadata_dir, given.words.get(1).ok_or("init needs a root")?.as_ref());
    }
    let update = Update {
        metadata_dir,
        metadata_url: given.needed("metadata-url")?,
        target_dir: given.option("target-dir").map(PathBuf::from),
        target_base_url: given.option("target-base-url"),
        target_names: given.options.get("target-name").cloned().unwrap_or_default(),
    };
    client::update(update).await
}
