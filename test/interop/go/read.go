package main

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// readDocument reads the base64 of a document as the type that a client asks for.
func readDocument(role, text string) (any, error) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	switch role {
	case metadata.ROOT:
		return new(metadata.Metadata[metadata.RootType]).FromBytes(data)
	case metadata.TIMESTAMP:
		return new(metadata.Metadata[metadata.TimestampType]).FromBytes(data)
	case metadata.SNAPSHOT:
		return new(metadata.Metadata[metadata.SnapshotType]).FromBytes(data)
	}
	return new(metadata.Metadata[metadata.TargetsType]).FromBytes(data)
}

func (r vectorRequest) read() (members, error) {
	document, err := readDocument(r.Role, r.Input)
	if err != nil {
		return nil, err
	}
	var signed any
	var values members
	switch document := document.(type) {
	case *metadata.Metadata[metadata.RootType]:
		signed, values = document.Signed, rootValues(document.Signed)
	case *metadata.Metadata[metadata.TimestampType]:
		s := document.Signed
		signed, values = s, opening(s.Type, s.SpecVersion, s.Version, s.Expires)
		values["meta"] = metaValues(s.Meta)
	case *metadata.Metadata[metadata.SnapshotType]:
		s := document.Signed
		signed, values = s, opening(s.Type, s.SpecVersion, s.Version, s.Expires)
		values["meta"] = metaValues(s.Meta)
	case *metadata.Metadata[metadata.TargetsType]:
		signed, values = document.Signed, targetsValues(document.Signed)
	}
	canonical, err := cjson.EncodeCanonical(signed)
	if err != nil {
		return nil, err
	}
	answer := members{"result": "accept", "canonical": canonical}
	if isExact(values) {
		answer["values"] = values
	}
	return answer, nil
}

func opening(kind, specVersion string, version int64, expires time.Time) members {
	return members{
		"_type": kind, "spec_version": specVersion, "version": version, "expires": expires, "instant": instantOf(expires),
	}
}

func rootValues(signed metadata.RootType) members {
	values := opening(signed.Type, signed.SpecVersion, signed.Version, signed.Expires)
	values["consistent_snapshot"] = signed.ConsistentSnapshot
	values["keys"] = keyValues(signed.Keys)
	roles := []members{}
	for name, role := range signed.Roles {
		if role != nil {
			roles = append(roles, members{"name": name, "keyids": listed(role.KeyIDs), "threshold": role.Threshold})
		}
	}
	values["roles"] = roles
	return values
}

func targetsValues(signed metadata.TargetsType) members {
	values := opening(signed.Type, signed.SpecVersion, signed.Version, signed.Expires)
	targets := []members{}
	for path, target := range signed.Targets {
		if target == nil {
			continue
		}
		each := members{"path": path, "length": target.Length, "hashes": hashValues(target.Hashes)}
		if target.Custom != nil {
			if custom, err := cjson.EncodeCanonical(target.Custom); err == nil {
				each["custom"] = custom
			}
		}
		targets = append(targets, each)
	}
	values["targets"] = targets
	if signed.Delegations != nil {
		values["delegations"] = delegationsValues(*signed.Delegations)
	}
	return values
}

func delegationsValues(delegations metadata.Delegations) members {
	values := members{"keys": keyValues(delegations.Keys)}
	if bins := delegations.SuccinctRoles; bins != nil {
		values["succinct_roles"] = members{
			"keyids": listed(bins.KeyIDs), "threshold": bins.Threshold,
			"bit_length": bins.BitLength, "name_prefix": bins.NamePrefix,
		}
		return values
	}
	roles := []members{}
	for _, role := range delegations.Roles {
		each := members{
			"name": role.Name, "keyids": listed(role.KeyIDs), "threshold": role.Threshold, "terminating": role.Terminating,
		}
		if role.Paths != nil {
			each["paths"] = role.Paths
		}
		if role.PathHashPrefixes != nil {
			each["path_hash_prefixes"] = role.PathHashPrefixes
		}
		roles = append(roles, each)
	}
	values["roles"] = roles
	return values
}

func metaValues(meta map[string]*metadata.MetaFiles) []members {
	values := []members{}
	for path, file := range meta {
		if file == nil {
			continue
		}
		each := members{"path": path, "version": file.Version}
		// No length is 0 for go-tuf, and is written as none.
		if file.Length != 0 {
			each["length"] = file.Length
		}
		if file.Hashes != nil {
			each["hashes"] = hashValues(file.Hashes)
		}
		values = append(values, each)
	}
	return values
}

func keyValues(keys map[string]*metadata.Key) []members {
	values := []members{}
	for keyid, key := range keys {
		if key != nil {
			values = append(values, members{
				"keyid": keyid, "keytype": key.Type, "scheme": key.Scheme, "public": key.Value.PublicKey,
			})
		}
	}
	return values
}

func hashValues(hashes metadata.Hashes) []members {
	values := []members{}
	for algorithm, digest := range hashes {
		values = append(values, members{"algorithm": algorithm, "digest": digest})
	}
	return values
}

func instantOf(when time.Time) members {
	return members{"seconds": when.Unix(), "nanoseconds": when.Nanosecond()}
}

func listed(texts []string) []string {
	if texts == nil {
		return []string{}
	}
	return texts
}

// isExact says whether the protocol, which has no large integers, can carry a value.
func isExact(value any) bool {
	const most = 1<<53 - 1
	switch value := value.(type) {
	case members:
		for _, each := range value {
			if !isExact(each) {
				return false
			}
		}
	case []members:
		for _, each := range value {
			if !isExact(each) {
				return false
			}
		}
	case int:
		return -most <= value && value <= most
	case int64:
		return -most <= value && value <= most
	case time.Time:
		_, err := json.Marshal(value)
		return err == nil
	}
	return true
}
