//! The line protocol of the test vectors (docs/design/vectors.md). It translates: every verdict is tough's own, and what
//! tough gives as an error is its refusal.

use std::collections::HashMap;
use std::error::Error;
use std::io::{stdin, stdout, Write};
use std::num::NonZeroU64;
use std::path::Path;
use std::time::SystemTime;

use base64::prelude::{Engine, BASE64_STANDARD};
use olpc_cjson::CanonicalFormatter;
use serde_json::{json, Map, Value};
use tough::schema::key::Key;
use tough::schema::{
    DelegatedRole, Delegations, PathPattern, PathSet, Role, Root, Signed, Snapshot, Targets, Timestamp,
};
use tough::TargetName;

use crate::client::{self, Done, Update};
use crate::values::values_of;

type Answer = Result<Value, Box<dyn Error>>;

/// The members of a request.
struct Request(Map<String, Value>);

impl Request {
    fn text(&self, name: &str) -> Result<&str, String> {
        self.0.get(name).and_then(Value::as_str).ok_or(format!("{name} is missing"))
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, Box<dyn Error>> {
        Ok(BASE64_STANDARD.decode(self.text(name)?)?)
    }
}

pub async fn answer_lines() -> Done {
    write(json!({
        "protocol": "tufa-vectors/1",
        "client": "tough 0.24.0",
        "calls": ["canonical", "read", "keyid", "threshold", "date-time", "match", "init", "refresh", "download"],
        "forms": ["olpc"],
        "profiles": ["default"],
    }))?;
    for line in stdin().lines() {
        let request = Request(serde_json::from_str(&line?)?);
        let mut answer = answer_to(&request).await.unwrap_or_else(|error| {
            eprintln!("{error}");
            json!({ "result": "reject" })
        });
        answer["id"] = request.0["id"].clone();
        write(answer)?;
    }
    Ok(())
}

fn write(answer: Value) -> Done {
    let mut out = stdout().lock();
    writeln!(out, "{answer}")?;
    Ok(out.flush()?)
}

async fn answer_to(request: &Request) -> Answer {
    match request.text("call")? {
        "canonical" => canonical(request),
        "read" => read(request),
        "keyid" => Ok(json!({ "keyid": serde_json::from_str::<Key>(request.text("key")?)?.key_id()? })),
        "threshold" => threshold(request),
        "date-time" => date_time(request),
        "match" => matches(request),
        "init" => {
            client::init(request.text("metadataDir")?.as_ref(), request.text("rootFile")?.as_ref())?;
            Ok(json!({ "result": "accept" }))
        }
        "refresh" | "download" => update(request).await,
        _ => Ok(json!({ "error": "there is no such call" })),
    }
}

fn canonical(request: &Request) -> Answer {
    let value: Value = serde_json::from_slice(&request.bytes("input")?)?;
    let mut canonical = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut canonical, CanonicalFormatter::new());
    serde::Serialize::serialize(&value, &mut serializer)?;
    Ok(json!({ "result": "accept", "canonical": BASE64_STANDARD.encode(canonical) }))
}

fn read(request: &Request) -> Answer {
    let input = request.bytes("input")?;
    match request.text("role")? {
        "root" => read_as::<Root>(&serde_json::from_slice(&input)?),
        "timestamp" => read_as::<Timestamp>(&serde_json::from_slice(&input)?),
        "snapshot" => read_as::<Snapshot>(&serde_json::from_slice(&input)?),
        _ => read_as::<Targets>(&serde_json::from_slice(&input)?),
    }
}

fn read_as<T: Role>(document: &Signed<T>) -> Answer {
    let canonical = BASE64_STANDARD.encode(document.signed.canonical_form()?);
    let mut answer = json!({ "result": "accept", "canonical": canonical });
    if let Some(values) = values_of(&serde_json::to_value(&document.signed)?) {
        answer["values"] = values;
    }
    Ok(answer)
}

fn threshold(request: &Request) -> Answer {
    let (delegator, role) = (request.text("delegator")?, request.text("role")?);
    let document = request.bytes("document")?;
    let root = || serde_json::from_str::<Signed<Root>>(delegator);
    match role {
        "root" => root()?.signed.verify_role::<Root>(&serde_json::from_slice(&document)?)?,
        "timestamp" => root()?.signed.verify_role::<Timestamp>(&serde_json::from_slice(&document)?)?,
        "snapshot" => root()?.signed.verify_role::<Snapshot>(&serde_json::from_slice(&document)?)?,
        "targets" => root()?.signed.verify_role::<Targets>(&serde_json::from_slice(&document)?)?,
        _ => {
            let targets: Signed<Targets> = serde_json::from_str(delegator)?;
            let delegations = targets.signed.delegations.ok_or("there are no delegations")?;
            delegations.verify_role(&serde_json::from_slice(&document)?, role)?;
        }
    }
    Ok(json!({ "result": "accept" }))
}

fn date_time(request: &Request) -> Answer {
    let (seconds, nanoseconds) = instant(request.text("text")?)?;
    Ok(json!({ "result": "accept", "seconds": seconds, "nanoseconds": nanoseconds }))
}

/// Seconds since 1970, rounded down, and the nanoseconds above them, as tough reads the JSON text of `expires`.
fn instant(text: &str) -> Result<(i128, i128), Box<dyn Error>> {
    let document = format!(
        r#"{{"_type":"timestamp","spec_version":"1.0.31","version":1,"meta":{{"snapshot.json":{{"version":1}}}},"expires":{text}}}"#
    );
    let nanoseconds = serde_json::from_str::<Timestamp>(&document)?.expires.as_nanosecond();
    Ok((nanoseconds.div_euclid(1_000_000_000), nanoseconds.rem_euclid(1_000_000_000)))
}

fn matches(request: &Request) -> Answer {
    let role = DelegatedRole {
        name: "role".into(),
        keyids: Vec::new(),
        threshold: NonZeroU64::MIN,
        paths: PathSet::Paths(vec![PathPattern::new(request.text("pattern")?)?]),
        terminating: false,
        targets: None,
    };
    let delegations = Delegations { keys: HashMap::new(), roles: vec![role] };
    let path = TargetName::new(request.text("path")?)?;
    Ok(json!({ "matched": delegations.target_is_delegated(&path) }))
}

async fn update(request: &Request) -> Answer {
    let metadata_dir = Path::new(request.text("metadataDir")?);
    if !set_clock(request.text("time").ok(), metadata_dir)? {
        return Ok(json!({ "error": "the clock cannot be set without libfaketime" }));
    }
    let names = request.0.get("targetNames").and_then(Value::as_array);
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    let given = Update {
        metadata_dir: metadata_dir.into(),
        metadata_url: request.text("metadataUrl")?.into(),
        target_dir: request.text("targetDir").ok().map(Into::into),
        target_base_url: request.text("targetBaseUrl").ok().map(Into::into),
        target_names: names.map(Into::into).collect(),
    };
    client::update(given).await?;
    Ok(json!({ "result": "accept" }))
}

/// Sets the clock of this process, which libfaketime is preloaded in, or sets it right again. Whether it could.
fn set_clock(time: Option<&str>, metadata_dir: &Path) -> Result<bool, Box<dyn Error>> {
    std::env::set_var("FAKETIME", "+0");
    let Some(time) = time else { return Ok(true) };
    if !std::env::var("LD_PRELOAD").is_ok_and(|library| library.contains("faketime")) {
        return Ok(false);
    }
    let (asked, _) = instant(&format!("{time:?}"))?;
    let asked = asked as f64;
    // Two steps with one time follow on each other: tough remembers when it ran, and its clock does not go back by itself.
    let there = last_run(metadata_dir).filter(|last| (asked..asked + 60.0).contains(last)).unwrap_or(asked);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    // A little later rather than a little earlier.
    let ahead = there - now.as_secs_f64() + 0.002;
    std::env::set_var("FAKETIME", format!("{ahead:+.3}"));
    Ok(true)
}

/// When tough looked at the clock the last time, as seconds since 1970.
fn last_run(metadata_dir: &Path) -> Option<f64> {
    let text = std::fs::read_to_string(metadata_dir.join("latest_known_time.json")).ok()?;
    let (seconds, nanoseconds) = instant(&text).ok()?;
    Some(seconds as f64 + nanoseconds as f64 / 1e9)
}
