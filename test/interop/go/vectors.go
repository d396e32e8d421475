package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// The line protocol of the test vectors (docs/design/vectors.md). It translates: every verdict is go-tuf's own, what
// go-tuf gives as an error is its refusal, and where it panics the process ends.

type members map[string]any

type vectorRequest struct {
	ID   int64
	Call string

	Form, Role, Input     string
	Key, Message, Sig     string
	Delegator, Document   string
	Text, Pattern, Path   string
	BitLength             int      `json:"bit_length"`
	NamePrefix            string   `json:"name_prefix"`
	PathHashPrefixes      []string `json:"path_hash_prefixes"`
	MetadataDir, RootFile string
	MetadataURL           string `json:"metadataUrl"`
	TargetDir             string
	TargetBaseURL         string `json:"targetBaseUrl"`
	TargetNames           []string
	Time                  string
}

// calls in the order in which they are announced.
var callNames = []string{
	"canonical", "read", "keyid", "threshold", "date-time", "match", "bin", "init", "refresh", "download",
}

func answerLines(in io.Reader, out io.Writer) error {
	encoder := json.NewEncoder(out)
	err := encoder.Encode(members{
		"protocol": "tufa-vectors/1", "client": "go-tuf " + versionOf("github.com/theupdateframework/go-tuf/v2"),
		"calls": callNames, "forms": []string{"olpc"}, "profiles": []string{"default"},
	})
	if err != nil {
		return err
	}
	lines := bufio.NewReaderSize(in, 1<<16)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		var request vectorRequest
		if err := json.Unmarshal(line, &request); err != nil {
			return err
		}
		answer, err := request.answer()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			answer = members{"result": "reject"}
		}
		answer["id"] = request.ID
		if err := encoder.Encode(answer); err != nil {
			return err
		}
	}
}

func versionOf(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, each := range info.Deps {
		if each.Path == module {
			return each.Version[1:]
		}
	}
	return "of an unknown version"
}

func (r vectorRequest) answer() (members, error) {
	switch r.Call {
	case "canonical":
		return r.canonical()
	case "read":
		return r.read()
	case "keyid":
		return r.keyid()
	case "threshold":
		return r.threshold()
	case "date-time":
		return r.dateTime()
	case "match":
		return r.match()
	case "bin":
		return r.bin()
	case "init":
		return members{"result": "accept"}, initialise(r.MetadataDir, r.RootFile)
	case "refresh", "download":
		return r.update()
	}
	return members{"error": "there is no such call"}, nil
}

func (r vectorRequest) canonical() (members, error) {
	input, err := base64.StdEncoding.DecodeString(r.Input)
	if err != nil {
		return nil, err
	}
	// As go-tuf reads what it does not know.
	var value any
	if err := json.Unmarshal(input, &value); err != nil {
		return nil, err
	}
	canonical, err := cjson.EncodeCanonical(value)
	if err != nil {
		return nil, err
	}
	return members{"result": "accept", "canonical": canonical}, nil
}

func (r vectorRequest) keyid() (members, error) {
	var key metadata.Key
	if err := json.Unmarshal([]byte(r.Key), &key); err != nil {
		return nil, err
	}
	keyid, err := key.ID()
	return members{"keyid": keyid}, err
}

func (r vectorRequest) threshold() (members, error) {
	document, err := readDocument(r.Role, r.Document)
	if err != nil {
		return nil, err
	}
	if isTopLevel(r.Role) {
		var delegator metadata.Metadata[metadata.RootType]
		if _, err := delegator.FromBytes([]byte(r.Delegator)); err != nil {
			return nil, err
		}
		return members{"result": "accept"}, delegator.VerifyDelegate(r.Role, document)
	}
	var delegator metadata.Metadata[metadata.TargetsType]
	if _, err := delegator.FromBytes([]byte(r.Delegator)); err != nil {
		return nil, err
	}
	return members{"result": "accept"}, delegator.VerifyDelegate(r.Role, document)
}

func (r vectorRequest) dateTime() (members, error) {
	text := `{"signatures":[],"signed":{"_type":"timestamp","spec_version":"1.0.31","version":1,` +
		`"meta":{"snapshot.json":{"version":1}},"expires":` + r.Text + `}}`
	var document metadata.Metadata[metadata.TimestampType]
	if _, err := document.FromBytes([]byte(text)); err != nil {
		return nil, err
	}
	answer := instantOf(document.Signed.Expires)
	answer["result"] = "accept"
	return answer, nil
}

func (r vectorRequest) match() (members, error) {
	role := metadata.DelegatedRole{Paths: []string{r.Pattern}}
	matched, err := role.IsDelegatedPath(r.Path)
	return members{"matched": matched}, err
}

func (r vectorRequest) bin() (members, error) {
	if r.PathHashPrefixes != nil {
		role := metadata.DelegatedRole{PathHashPrefixes: r.PathHashPrefixes}
		matched, err := role.IsDelegatedPath(r.Path)
		return members{"matched": matched}, err
	}
	bins := metadata.SuccinctRoles{BitLength: r.BitLength, NamePrefix: r.NamePrefix}
	return members{"name": bins.GetRolesForTarget(r.Path)[0].Name}, nil
}

func (r vectorRequest) update() (members, error) {
	given := clientArguments{
		metadataDir: r.MetadataDir, metadataURL: r.MetadataURL,
		targetDir: r.TargetDir, targetBaseURL: r.TargetBaseURL, targetNames: r.TargetNames,
	}
	if r.Time != "" {
		clock, err := time.Parse(time.RFC3339, r.Time)
		if err != nil {
			return nil, err
		}
		given.clock = clock
	}
	return members{"result": "accept"}, given.update()
}

func isTopLevel(role string) bool {
	return role == metadata.ROOT || role == metadata.TIMESTAMP || role == metadata.SNAPSHOT || role == metadata.TARGETS
}
