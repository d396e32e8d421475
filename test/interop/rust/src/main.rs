//! tough as a peer: a client that speaks the conformance protocol.

use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;

use tough::{Prefix, RepositoryLoader, TargetName};
use url::Url;

/// The given options by their names, `target-name` with all its values.
struct Arguments {
    options: HashMap<String, Vec<String>>,
}

impl Arguments {
    fn read() -> Self {
        let mut options: HashMap<String, Vec<String>> = HashMap::new();
        let mut given = std::env::args().skip(1);
        while let Some(word) = given.next() {
            if let Some(name) = word.strip_prefix("--") {
                options.entry(name.into()).or_default().extend(given.next());
            }
        }
        Self { options }
    }

    fn option(&self, name: &str) -> Result<&str, String> {
        let values = self.options.get(name).and_then(|values| values.first());
        values.map(String::as_str).ok_or(format!("--{name} is missing"))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if let Err(error) = run(Arguments::read()).await {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

async fn run(given: Arguments) -> Result<(), Box<dyn Error>> {
    let metadata_dir = PathBuf::from(given.option("metadata-dir")?);
    let root = std::fs::read(metadata_dir.join("pinned-root"))?;
    let metadata_url = Url::parse(given.option("metadata-url")?)?;
    let targets_url = Url::parse(given.option("target-base-url").unwrap_or(metadata_url.as_str()))?;
    let repository = RepositoryLoader::new(&root, metadata_url, targets_url)
        .datastore(metadata_dir)
        .load()
        .await?;
    for name in given.options.get("target-name").into_iter().flatten() {
        let name = TargetName::new(name)?;
        repository.save_target(&name, given.option("target-dir")?, Prefix::None).await?;
    }
    Ok(())
}
