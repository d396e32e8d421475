package main

import "encoding/json"

// A plan of plans.json; plan.mjs says what the members mean.
type plan struct {
	Name               string
	ConsistentSnapshot bool
	Roles              map[string]roleSpec
	Delegations        []delegationSpec
	Succinct           *succinctSpec
	UnknownFields      bool
	Releases           []releaseSpec
}

type roleSpec struct {
	Keys      []string
	Threshold int
}

type delegationSpec struct {
	roleSpec
	From, Name       string
	Paths            []string
	PathHashPrefixes []string
	Terminating      bool
}

type succinctSpec struct {
	roleSpec
	From, Prefix string
	BitLength    int
}

type releaseSpec struct {
	Roots []map[string]roleSpec
	Files map[string]map[string]fileSpec
}

type fileSpec struct {
	Text   string
	Custom *json.RawMessage
}

// unwritable says why go-tuf cannot write a plan.
func (p plan) unwritable() string {
	for _, role := range p.Roles {
		for _, name := range role.Keys {
			if kindOf(name) == "ecdsa-p384" {
				return "its keys of P-384 are labelled as P-256"
			}
		}
	}
	return ""
}
