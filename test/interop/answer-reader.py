"""A second reader of the answers of online trust, written from docs/design/online-trust.md of tufa alone.

Reads spec-vectors/answers.json, judges each vector, and prints one line of JSON for each: {"id", "verdict"}.
Needs the package cryptography for Ed25519, and nothing else.
"""

import base64
import hashlib
import json
import re
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

STATE = "application/vnd.tufa.state.v1+json"


class Refused(Exception):
    """The verdict is its argument."""


def need(condition, verdict="malformed"):
    if not condition:
        raise Refused(verdict)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unique(pairs):
    need(len({name for name, _ in pairs}) == len(pairs))
    return dict(pairs)


def refuse(_):
    raise Refused("malformed")


def parse(data):
    """Strict JSON: no name twice, integers alone, no byte order mark, no lone surrogates."""
    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=unique, parse_float=refuse, parse_constant=refuse)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
        return value
    except ValueError:
        raise Refused("malformed") from None


def members(value, names, optional=()):
    need(isinstance(value, dict))
    need(set(names) <= set(value) <= set(names) | set(optional))
    return value


def text(value, pattern=r"(?s:.*)"):
    need(isinstance(value, str) and re.fullmatch(pattern, value))
    return value


def integer(value, least, most=2**53 - 1):
    need(type(value) is int and least <= value <= most)
    return value


def items(value, most):
    need(isinstance(value, list) and len(value) <= most)
    return value


def hash_of(value):
    return bytes.fromhex(text(value, "[0-9a-f]{64}"))


def plain(value):
    need(isinstance(value, str))
    try:
        data = base64.b64decode(value.encode(), validate=True)
    except ValueError:
        raise Refused("malformed") from None
    need(base64.b64encode(data).decode() == value)
    return data


def head(value, kind, names, optional=()):
    members(value, ["_type", "version", *names], optional)
    need(value["_type"] == kind and type(value["version"]) is int and value["version"] == 1)
    return value


def read_keys(data):
    keys = []
    for key in items(head(parse(data), "tufa-answer-keys", ["keys"])["keys"], 16):
        members(key, ["keytype", "scheme", "keyval"])
        text(key["keytype"]), text(key["scheme"]), text(members(key["keyval"], ["public"])["public"])
        if (key["keytype"], key["scheme"]) == ("ed25519", "ed25519"):
            keys.append(Ed25519PublicKey.from_public_bytes(bytes.fromhex(key["keyval"]["public"])))
    need(keys, "key")
    return keys


def is_signed(key, sig, message):
    try:
        key.verify(sig, message)
        return True
    except InvalidSignature:
        return False


def read_state(data):
    state = head(parse(data), "tufa-state", ["issued", "lifetime", "tree", "meta"])
    issued = text(state["issued"], r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")
    year, month, day = int(issued[:4]), int(issued[5:7]), int(issued[8:10])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    need(day <= [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1])
    integer(state["lifetime"], 1, 3600)
    tree = members(state["tree"], ["size", "sha256"])
    files = members(state["meta"], ["root.json", "timestamp.json", "snapshot.json"])
    for file in files.values():
        members(file, ["version", "length", "hashes"])
        integer(file["version"], 1), integer(file["length"], 1), hash_of(members(file["hashes"], ["sha256"])["sha256"])
    return integer(tree["size"], 1, 65536), hash_of(tree["sha256"])


def head_from(leaf, index, size, path):
    """RFC 9162, section 2.1.3.2."""
    need(index < size, "mismatch")
    at, last, found = index, size - 1, leaf
    for sibling in path:
        need(last > 0, "mismatch")
        if at % 2 == 1 or at == last:
            found = sha256(b"\x01", sibling, found)
            while at % 2 == 0 and at != 0:
                at, last = at // 2, last // 2
        else:
            found = sha256(b"\x01", found, sibling)
        at, last = at // 2, last // 2
    need(last == 0, "mismatch")
    return found


def read_decisions(data, asked):
    listed = items(head(parse(data), "tufa-decisions", ["targets"])["targets"], 256)
    need([members(each, ["path", "permitted"], ["length", "hashes", "reason", "text"])["path"] for each in listed] == asked)
    for each in listed:
        if each["permitted"] is True:
            members(each, ["path", "permitted", "length", "hashes"])
            integer(each["length"], 0), hash_of(each["hashes"]["sha256"])
        else:
            need(each["permitted"] is False)
            members(each, ["path", "permitted", "reason"], ["text"])
            text(each["reason"], "not-listed|denied"), text(each.get("text", ""), "(?s:.{0,1024})")


def judge(vector):
    question, asked = base64.b64decode(vector["question"]), vector.get("targets")
    keys = read_keys(base64.b64decode(vector["keys"]))
    answer = head(parse(base64.b64decode(vector["answer"])), "tufa-answer", ["envelope", "index", "path"], ["decisions"])
    envelope = members(answer["envelope"], ["payloadType", "payload", "signatures"])
    need(envelope["payloadType"] == STATE)
    payload = plain(envelope["payload"])
    index, path = integer(answer["index"], 0), [hash_of(each) for each in items(answer["path"], 16)]
    decisions = plain(answer["decisions"]) if "decisions" in answer else b""
    signatures = [members(each, ["keyid", "sig"]) for each in items(envelope["signatures"], 16)]
    made = [plain(each["sig"]) for each in signatures if text(each["keyid"]) is not None]
    message = b"DSSEv1 %d %s %d %s" % (len(STATE), STATE.encode(), len(payload), payload)
    need(any(is_signed(key, sig, message) for key in keys for sig in made), "unsigned")
    size, signed_head = read_state(payload)
    leaf = sha256(b"\x00", sha256(question), sha256(decisions))
    need(head_from(leaf, index, size, path) == signed_head, "mismatch")
    if asked is not None:
        read_decisions(decisions, asked)
    return "accepted"


with open(sys.argv[1], encoding="utf-8") as source:
    for each in json.load(source)["vectors"]:
        try:
            verdict = judge(each)
        except Refused as refused:
            verdict = refused.args[0]
        print(json.dumps({"id": each["id"], "verdict": verdict}))
