"""A second reader of bundles, written from docs/design/bundle.md of tufa alone.

The tar and the rules of a bundle are read here; the chain is verified by python-tuf. Reads spec-vectors/bundles.json, judges each vector, and
prints one line of JSON for each: {"id", "verdict"}.
"""

import base64
import datetime
import json
import re
import sys

from tuf.api.exceptions import DownloadLengthMismatchError, LengthOrHashMismatchError, RepositoryError
from tuf.api.metadata import Root, Snapshot, Targets, Timestamp
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet
from tuf.ngclient.config import EnvelopeType

COMPRESSED = [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"BZh", b"PK"]


class Refused(Exception):
    """The verdict is its argument."""


def need(condition, verdict="malformed"):
    if not condition:
        raise Refused(verdict)


def header(name, size, kind):
    """The one spelling of a header: 0644, owner 0, time 0."""
    fields = [(0, name), (100, b"0000644\0"), (108, b"0000000\0"), (116, b"0000000\0"), (124, b"%011o\0" % size)]
    fields += [(136, b"00000000000\0"), (148, b" " * 8), (156, kind), (257, b"ustar\x0000")]
    fields += [(329, b"0000000\0"), (337, b"0000000\0")]
    block = bytearray(512)
    for at, text in fields:
        block[at : at + len(text)] = text
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def read_block(data, at):
    need(at + 512 <= len(data), "truncated")
    return data[at : at + 512]


def read_header(block):
    name, digits, kind = block[:100].split(b"\0")[0], block[124:135], block[156:157]
    need(re.fullmatch(rb"[ -~]+", name) and re.fullmatch(rb"[0-7]{11}", digits) and kind in (b"0", b"x"))
    need(header(name, int(digits, 8), kind) == block and (kind == b"x") == (name == b"pax-header"))
    return name, int(digits, 8)


def read_entries(data):
    need(not any(data.startswith(magic) for magic in COMPRESSED), "compressed")
    entries, folded, at = {}, set(), 0
    while any(block := read_block(data, at)):
        name, size = read_header(block)
        at += 512
        if name == b"pax-header":
            need(at + (size + 511) // 512 * 512 <= len(data), "truncated")
            record = data[at : at + size]
            at += (size + 511) // 512 * 512
            name = record[record.find(b" path=") + 6 : -1]
            need(record == b"%d path=%s\n" % (size, name) and not re.fullmatch(rb"[ -~]{1,100}", name))
            short, size = read_header(read_block(data, at))
            need(short == b"long-name")
            at += 512
        else:
            need(name != b"long-name")
        text = check_name(name)
        key = re.sub("[A-Z]", lambda letter: letter[0].lower(), text)
        need(key not in folded, "duplicate")
        folded.add(key)
        end = at + (size + 511) // 512 * 512
        need(end <= len(data), "truncated")
        need(not any(data[at + size : end]))
        entries[text] = data[at : at + size]
        at = end
    need(not any(read_block(data, at + 512)) and len(data) == at + 1024)
    return entries


def check_name(name):
    try:
        text = name.decode()
    except UnicodeDecodeError:
        raise Refused("malformed") from None
    parts = text.split("/")
    need(not any(part in ("", ".", "..") for part in parts) and not re.search(r"[\\\x00-\x1f\x7f-\x9f]", text))
    is_metadata = parts[0] == "metadata" and len(parts) == 2 and text.endswith(".json")
    need(text == "bundle.json" or is_metadata or (parts[0] == "targets" and len(parts) > 1))
    return text


def read_head(entries):
    need(next(iter(entries), None) == "bundle.json")
    try:
        pairs = json.loads(entries["bundle.json"], object_pairs_hook=list)
        need(isinstance(pairs, list) and len(pairs) == 5)
        head = dict(pairs)
    except (ValueError, TypeError):
        raise Refused("malformed") from None
    need(set(head) == {"_type", "version", "targets", "files", "incremental"})
    need(head["_type"] == "tufa-bundle" and head["version"] == 1 and type(head["version"]) is int)
    need(type(head["files"]) is bool and type(head["incremental"]) is bool)
    targets = head["targets"]
    need(all(isinstance(path, str) for path in targets) and targets == sorted(set(targets)))
    return targets, head["files"]


class Verifier:
    """The client's procedure, with entries in place of a server's files."""

    def __init__(self, entries, pinned, time):
        self.entries, self.used = entries, {"bundle.json"}
        self.trusted = TrustedMetadataSet(pinned, EnvelopeType.METADATA)
        self.trusted.reference_time = time

    def take(self, name):
        need(name in self.entries, "missing")
        self.used.add(name)
        return self.entries[name]

    def update(self, pinned):
        version = self.trusted.root.version
        own = f"metadata/{version}.root.json"
        need(self.entries.get(own, pinned) == pinned, "foreign")
        self.used.add(own)
        while (name := f"metadata/{self.trusted.root.version + 1}.root.json") in self.entries:
            self.trusted.update_root(self.take(name))
        self.trusted.update_timestamp(self.take("metadata/timestamp.json"))
        version = self.trusted.timestamp.snapshot_meta.version
        self.trusted.update_snapshot(self.take(f"metadata/{version}.snapshot.json"))
        self.load("targets", "root")

    def load(self, role, delegator):
        if role not in self.trusted:
            version = self.trusted.snapshot.meta[f"{role}.json"].version
            self.trusted.update_delegated_targets(self.take(f"metadata/{version}.{role}.json"), role, delegator)
        return self.trusted[role]

    def find(self, path):
        pending, seen = [("targets", "root")], set()
        while pending:
            role, delegator = pending.pop()
            if role in seen:
                continue
            seen.add(role)
            targets = self.load(role, delegator)
            if path in targets.targets:
                return targets.targets[path]
            children = []
            for child, terminating in targets.delegations.get_roles_for_target(path) if targets.delegations else ():
                children.append((child, role))
                if terminating:
                    pending = []
                    break
            pending += reversed(children)
        return None


def judge(data, pinned, time):
    entries = read_entries(data)
    targets, has_files = read_head(entries)
    verifier = Verifier(entries, pinned, time)
    try:
        verifier.update(pinned)
        for path in targets:
            found = verifier.find(path)
            if has_files and found is not None:
                folder, _, name = f"targets/{path}".rpartition("/")
                found.verify_length_and_hashes(verifier.take(f"{folder}/{found.hashes['sha256']}.{name}"))
    except (RepositoryError, LengthOrHashMismatchError, DownloadLengthMismatchError):
        raise Refused("untrusted") from None
    need(set(entries) <= verifier.used, "extra")
    return "accepted"


assert all(kind.type for kind in (Root, Timestamp, Snapshot, Targets))
with open(sys.argv[1], encoding="utf-8") as source:
    vectors = json.load(source)
root, now = base64.b64decode(vectors["root"]), datetime.datetime.fromisoformat(vectors["time"].replace("Z", "+00:00"))
for each in vectors["vectors"]:
    try:
        verdict = judge(base64.b64decode(each["bundle"]), root, now)
    except Refused as refused:
        verdict = refused.args[0]
    print(json.dumps({"id": each["id"], "verdict": verdict}))
