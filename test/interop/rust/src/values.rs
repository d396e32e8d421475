//! What tough has read, in the form of `reading.values` of a vector: its maps become lists.

use base64::prelude::{Engine, BASE64_STANDARD};
use olpc_cjson::CanonicalFormatter;
use serde_json::{json, Map, Value};

/// From what tough writes again; nothing where the protocol cannot carry it.
pub fn values_of(signed: &Value) -> Option<Value> {
    let mut values = Map::new();
    for name in ["_type", "spec_version", "version", "expires", "consistent_snapshot"] {
        if let Some(value) = signed.get(name) {
            values.insert(name.into(), value.clone());
        }
    }
    if let Some(keys) = signed.get("keys") {
        values.insert("keys".into(), keys_of(keys));
    }
    if let Some(roles) = signed.get("roles") {
        values.insert("roles".into(), listed(roles, "name", |role| members(role, &["keyids", "threshold"])));
    }
    if let Some(meta) = signed.get("meta") {
        values.insert("meta".into(), listed(meta, "path", file_of));
    }
    if let Some(targets) = signed.get("targets") {
        values.insert("targets".into(), listed(targets, "path", file_of));
    }
    if let Some(delegations) = signed.get("delegations").filter(|value| !value.is_null()) {
        let role = ["name", "keyids", "threshold", "terminating", "paths", "path_hash_prefixes"];
        let roles: Vec<_> = delegations["roles"].as_array()?.iter().map(|each| members(each, &role)).collect();
        values.insert("delegations".into(), json!({ "keys": keys_of(&delegations["keys"]), "roles": roles }));
    }
    let values = Value::Object(values);
    is_exact(&values).then_some(values)
}

fn keys_of(keys: &Value) -> Value {
    listed(keys, "keyid", |key| {
        let mut values = members(key, &["keytype", "scheme"]);
        values["public"] = key["keyval"]["public"].clone();
        values
    })
}

fn file_of(file: &Value) -> Value {
    let mut values = members(file, &["length", "version"]);
    if let Some(hashes) = file.get("hashes").and_then(Value::as_object) {
        let list = hashes.iter().map(|(algorithm, digest)| json!({ "algorithm": algorithm, "digest": digest }));
        values["hashes"] = list.collect();
    }
    if let Some(custom) = file.get("custom").and_then(canonical) {
        values["custom"] = BASE64_STANDARD.encode(custom).into();
    }
    values
}

fn canonical(value: &Value) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, CanonicalFormatter::new());
    serde::Serialize::serialize(value, &mut serializer).ok()?;
    Some(bytes)
}

/// A map as a list of entries that say their name.
fn listed(map: &Value, name: &str, entry: impl Fn(&Value) -> Value) -> Value {
    let entries = map.as_object().into_iter().flatten();
    let named = entries.map(|(key, value)| {
        let mut values = entry(value);
        values[name] = key.clone().into();
        values
    });
    named.collect()
}

fn members(value: &Value, names: &[&str]) -> Value {
    let found = names.iter().filter_map(|name| Some(((*name).to_owned(), value.get(name)?.clone())));
    Value::Object(found.filter(|(_, value)| !value.is_null()).collect())
}

fn is_exact(value: &Value) -> bool {
    const MOST: u64 = (1 << 53) - 1;
    match value {
        Value::Number(number) => number.as_i64().is_some_and(|number| number.unsigned_abs() <= MOST),
        Value::Array(items) => items.iter().all(is_exact),
        Value::Object(members) => members.values().all(is_exact),
        _ => true,
    }
}
