package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

func writeAll(plansFile, folder string) error {
	text, err := os.ReadFile(plansFile)
	if err != nil {
		return err
	}
	var plans []plan
	if err := json.Unmarshal(text, &plans); err != nil {
		return err
	}
	for _, each := range plans {
		if reason := each.unwritable(); reason != "" {
			fmt.Printf("%s: %s\n", each.Name, reason)
			continue
		}
		if err := newRepository(each, filepath.Join(folder, each.Name)).write(); err != nil {
			return fmt.Errorf("%s: %w", each.Name, err)
		}
	}
	return nil
}

// repository is one plan, written release after release into a folder that keeps all of its files.
type repository struct {
	plan
	folder    string
	keys      keyring
	signers   map[string][]string
	published map[string]bool
	root      *metadata.Metadata[metadata.RootType]
	targets   map[string]*metadata.Metadata[metadata.TargetsType]
	snapshot  *metadata.Metadata[metadata.SnapshotType]
	timestamp *metadata.Metadata[metadata.TimestampType]
}

func newRepository(p plan, folder string) *repository {
	expires := time.Now().UTC().Truncate(time.Second).AddDate(0, 0, 30)
	r := &repository{
		plan: p, folder: folder, keys: keyring{}, signers: map[string][]string{}, published: map[string]bool{},
		root:      metadata.Root(expires),
		targets:   map[string]*metadata.Metadata[metadata.TargetsType]{"targets": metadata.Targets(expires)},
		snapshot:  metadata.Snapshot(expires),
		timestamp: metadata.Timestamp(expires),
	}
	r.root.Signed.ConsistentSnapshot = p.ConsistentSnapshot
	r.root.Signed.UnrecognizedFields = r.unknown("root")
	r.snapshot.Signed.UnrecognizedFields = r.unknown("snapshot")
	r.timestamp.Signed.UnrecognizedFields = r.unknown("timestamp")
	for _, spec := range p.Delegations {
		r.targets[spec.Name] = metadata.Targets(expires)
	}
	if p.Succinct != nil {
		for _, role := range p.Succinct.roles().GetRoles() {
			r.targets[role] = metadata.Targets(expires)
		}
	}
	for role, document := range r.targets {
		document.Signed.UnrecognizedFields = r.unknown(role)
	}
	return r
}

func (r *repository) write() error {
	if err := r.writeRoot(r.Roles, nil); err != nil {
		return err
	}
	if err := r.delegate(); err != nil {
		return err
	}
	for index, release := range r.Releases {
		for _, change := range release.Roots {
			r.root.Signed.Version++
			if err := r.writeRoot(change, r.signers["root"]); err != nil {
				return err
			}
		}
		if err := r.release(release.Files); err != nil {
			return err
		}
		to := filepath.Join(r.folder, strconv.Itoa(index+1))
		if err := os.CopyFS(to, os.DirFS(filepath.Join(r.folder, "served"))); err != nil {
			return err
		}
	}
	root, err := os.ReadFile(filepath.Join(r.folder, "served", "metadata", "1.root.json"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(r.folder, "root.json"), root, 0o644); err != nil {
		return err
	}
	return r.keys.save(filepath.Join(r.folder, "keys"))
}

// unknown gives members that no specification knows, for the plan that asks for them.
func (r *repository) unknown(place string) map[string]any {
	if !r.UnknownFields {
		return nil
	}
	list := []any{1, nil, true, map[string]any{"ü": "ä \" \\"}}
	return map[string]any{"x-unknown": map[string]any{"who": place, "list": list}, "constructor": 1}
}

// writeRoot changes roles and signs with the keys of the root before it too.
func (r *repository) writeRoot(roles map[string]roleSpec, oldSigners []string) error {
	for role, spec := range roles {
		for _, keyid := range slices.Clone(r.root.Signed.Roles[role].KeyIDs) {
			if err := r.root.Signed.RevokeKey(keyid, role); err != nil {
				return err
			}
		}
		r.root.Signed.Roles[role].Threshold = spec.Threshold
		r.signers[role] = spec.Keys
		for _, name := range spec.Keys {
			pair, err := r.keys.get(name)
			if err != nil {
				return err
			}
			if err := r.root.Signed.AddKey(pair.public, role); err != nil {
				return err
			}
			pair.public.UnrecognizedFields = r.unknown("key")
		}
	}
	if _, err := sign(r.root, r.keys, append(slices.Clone(oldSigners), r.signers["root"]...)); err != nil {
		return err
	}
	_, err := r.save(r.root.ToBytes, fmt.Sprintf("%d.root.json", r.root.Signed.Version))
	return err
}

func (s *succinctSpec) roles() *metadata.SuccinctRoles {
	return &metadata.SuccinctRoles{KeyIDs: []string{}, Threshold: s.Threshold, BitLength: s.BitLength, NamePrefix: s.Prefix}
}

func (r *repository) delegate() error {
	for _, spec := range r.Delegations {
		signed := &r.targets[spec.From].Signed
		if signed.Delegations == nil {
			signed.Delegations = &metadata.Delegations{
				Keys: map[string]*metadata.Key{}, UnrecognizedFields: r.unknown("delegations"),
			}
		}
		signed.Delegations.Roles = append(signed.Delegations.Roles, metadata.DelegatedRole{
			Name: spec.Name, KeyIDs: []string{}, Threshold: spec.Threshold, Terminating: spec.Terminating,
			Paths: spec.Paths, PathHashPrefixes: spec.PathHashPrefixes, UnrecognizedFields: r.unknown("delegation"),
		})
		if err := r.addKeys(signed, spec.Name, spec.Keys); err != nil {
			return err
		}
		r.signers[spec.Name] = spec.Keys
	}
	if r.Succinct == nil {
		return nil
	}
	signed := &r.targets[r.Succinct.From].Signed
	signed.Delegations = &metadata.Delegations{Keys: map[string]*metadata.Key{}, SuccinctRoles: r.Succinct.roles()}
	for _, role := range r.Succinct.roles().GetRoles() {
		r.signers[role] = r.Succinct.Keys
	}
	return r.addKeys(signed, "", r.Succinct.Keys)
}

func (r *repository) addKeys(signed *metadata.TargetsType, role string, names []string) error {
	for _, name := range names {
		pair, err := r.keys.get(name)
		if err != nil {
			return err
		}
		if err := signed.AddKey(pair.public, role); err != nil {
			return err
		}
		pair.public.UnrecognizedFields = r.unknown("key")
	}
	return nil
}

func (r *repository) release(files map[string]map[string]fileSpec) error {
	for role, listed := range r.byRole(files) {
		document := r.targets[role]
		document.Signed.Targets = map[string]*metadata.TargetFiles{}
		for name, file := range listed {
			target, err := r.addFile(name, file)
			if err != nil {
				return err
			}
			document.Signed.Targets[name] = target
		}
		if r.published[role] {
			document.Signed.Version++
		}
		listing, err := publish(r, role, document, document.Signed.Version)
		if err != nil {
			return err
		}
		r.snapshot.Signed.Meta[role+".json"] = listing
	}
	if r.published["snapshot"] {
		r.snapshot.Signed.Version++
		r.timestamp.Signed.Version++
	}
	listing, err := publish(r, "snapshot", r.snapshot, r.snapshot.Signed.Version)
	if err != nil {
		return err
	}
	r.timestamp.Signed.Meta["snapshot.json"] = listing
	_, err = publish(r, "timestamp", r.timestamp, r.timestamp.Signed.Version)
	return err
}

// byRole gives every role that is new or changes, with what it lists.
func (r *repository) byRole(files map[string]map[string]fileSpec) map[string]map[string]fileSpec {
	roles := map[string]map[string]fileSpec{}
	for role := range r.targets {
		if listed, ok := files[role]; ok || !r.published[role] {
			roles[role] = listed
		}
	}
	for name, file := range files["@succinct"] {
		bin := r.Succinct.roles().GetRolesForTarget(name)[0].Name
		if len(roles[bin]) == 0 {
			roles[bin] = map[string]fileSpec{}
		}
		roles[bin][name] = file
	}
	return roles
}

func (r *repository) addFile(name string, file fileSpec) (*metadata.TargetFiles, error) {
	data := []byte(file.Text)
	target, err := metadata.TargetFile().FromBytes(name, data, "sha256", "sha512")
	if err != nil {
		return nil, err
	}
	target.Custom = file.Custom
	target.UnrecognizedFields = r.unknown(name)
	prefixes := []string{""}
	if r.ConsistentSnapshot {
		prefixes = nil
		for _, digest := range target.Hashes {
			prefixes = append(prefixes, hex.EncodeToString(digest)+".")
		}
	}
	for _, prefix := range prefixes {
		place := filepath.Join(r.folder, "served", "targets", path.Dir(name), prefix+path.Base(name))
		if err := writeFile(place, data); err != nil {
			return nil, err
		}
	}
	return target, nil
}

// publish signs a document and gives what another role lists of it.
func publish[T metadata.Roles](r *repository, role string, document *metadata.Metadata[T], version int64) (*metadata.MetaFiles, error) {
	if _, err := sign(document, r.keys, r.signers[role]); err != nil {
		return nil, err
	}
	name := role + ".json"
	if r.ConsistentSnapshot && role != "timestamp" {
		name = fmt.Sprintf("%d.%s", version, name)
	}
	data, err := r.save(document.ToBytes, name)
	if err != nil {
		return nil, err
	}
	r.published[role] = true
	digest := sha256.Sum256(data)
	listing := metadata.MetaFile(version)
	listing.Length = int64(len(data))
	listing.Hashes = metadata.Hashes{"sha256": digest[:]}
	listing.UnrecognizedFields = r.unknown("meta")
	return listing, nil
}

func sign[T metadata.Roles](document *metadata.Metadata[T], keys keyring, names []string) (*metadata.Metadata[T], error) {
	document.ClearSignatures()
	for index, name := range names {
		if slices.Contains(names[:index], name) {
			continue
		}
		pair, err := keys.get(name)
		if err != nil {
			return nil, err
		}
		if _, err := document.Sign(pair.signer); err != nil {
			return nil, err
		}
	}
	return document, nil
}

func (r *repository) save(toBytes func(pretty bool) ([]byte, error), name string) ([]byte, error) {
	data, err := toBytes(!strings.HasPrefix(name, "timestamp"))
	if err != nil {
		return nil, err
	}
	return data, writeFile(filepath.Join(r.folder, "served", "metadata", name), data)
}

func writeFile(place string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
		return err
	}
	return os.WriteFile(place, data, 0o644)
}
