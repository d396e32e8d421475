//! The three commands.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tough::{DefaultTransport, HttpTransportBuilder, Prefix, RepositoryLoader, TargetName};
use url::Url;

pub type Done = Result<(), Box<dyn Error>>;

/// The root that tough is given each time.
const PINNED: &str = "pinned-root";
/// For one file: tough's own 30 seconds, four times, are more than a test can wait for.
const TIMEOUT: Duration = Duration::from_secs(5);

pub struct Update {
    pub metadata_dir: PathBuf,
    pub metadata_url: String,
    pub target_dir: Option<PathBuf>,
    pub target_base_url: Option<String>,
    pub target_names: Vec<String>,
}

pub fn init(metadata_dir: &Path, root_file: &Path) -> Done {
    let root = fs::read(root_file)?;
    fs::write(metadata_dir.join(PINNED), &root)?;
    Ok(fs::write(metadata_dir.join("root.json"), root)?)
}

/// Refreshes, and downloads what is named.
pub async fn update(given: Update) -> Done {
    let Update { metadata_dir, .. } = given;
    let root = fs::read(metadata_dir.join(PINNED))?;
    let metadata_url = Url::parse(&given.metadata_url)?;
    let targets_url = Url::parse(given.target_base_url.as_ref().unwrap_or(&given.metadata_url))?;
    // It waits before the first try, too.
    let http = HttpTransportBuilder::new().timeout(TIMEOUT).tries(1).initial_backoff(Duration::ZERO);
    let repository = RepositoryLoader::new(&root, metadata_url, targets_url)
        .transport(DefaultTransport::new_with_http_settings(http))
        .datastore(&metadata_dir)
        .load()
        .await?;
    // tough keeps no root; what it trusts now is written down to be seen, and never read again.
    fs::write(metadata_dir.join("root.json"), serde_json::to_vec(repository.root())?)?;
    for name in &given.target_names {
        let name = TargetName::new(name)?;
        let target_dir = given.target_dir.as_ref().ok_or("there is no folder for targets")?;
        repository.save_target(&name, target_dir, Prefix::None).await?;
    }
    Ok(())
}
