"""python-tuf's answers to the line protocol of the test vectors (docs/design/vectors.md). It translates: every verdict is
python-tuf's own, and what python-tuf raises is its refusal."""

import base64
import json
import math
import os
import sys
from datetime import datetime, timezone
from importlib.metadata import version

from securesystemslib.formats import encode_canonical
from tuf.api.metadata import (
    DelegatedRole,
    Key,
    Metadata,
    Root,
    Signature,
    Snapshot,
    SuccinctRoles,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import CanonicalJSONSerializer

KINDS = {"root": Root, "timestamp": Timestamp, "snapshot": Snapshot, "targets": Targets, "delegated": Targets}
EXACT = 2**53 - 1


def canonical(request):
    value = json.loads(base64.b64decode(request["input"]).decode("utf-8"))
    return {"result": "accept", "canonical": to_base64(encode_canonical(value).encode("utf-8"))}


def read(request):
    document = Metadata.from_bytes(base64.b64decode(request["input"]))
    # A client asks for one type, which from_bytes is not told; from_dict refuses any other.
    KINDS[request["role"]].from_dict(document.signed.to_dict())
    said = CanonicalJSONSerializer().serialize(document.signed)
    answer = {"result": "accept", "canonical": to_base64(said)}
    values = values_of(document.signed)
    return answer | {"values": values} if is_exact(values) else answer


def verify(request):
    try:
        key = Key.from_dict("key", json.loads(request["key"]))
        key.verify_signature(Signature("key", request["sig"]), base64.b64decode(request["message"]))
    except Exception:
        return {"verified": False}
    return {"verified": True}


def threshold(request):
    delegator = Metadata.from_bytes(request["delegator"].encode("utf-8"))
    document = Metadata.from_bytes(base64.b64decode(request["document"]))
    delegator.signed.verify_delegate(request["role"], document.signed_bytes, document.signatures)
    return {"result": "accept"}


def date_time(request):
    text = (
        '{"signatures":[],"signed":{"_type":"timestamp","spec_version":"1.0.31","version":1,'
        f'"meta":{{"snapshot.json":{{"version":1}}}},"expires":{request["text"]}}}}}'
    )
    return {"result": "accept"} | instant_of(Metadata.from_bytes(text.encode("utf-8")).signed.expires)


def match(request):
    return {"matched": delegated_role(paths=[request["pattern"]]).is_delegated_path(request["path"])}


def hash_bin(request):
    if "path_hash_prefixes" in request:
        role = delegated_role(path_hash_prefixes=request["path_hash_prefixes"])
        return {"matched": role.is_delegated_path(request["path"])}
    bins = SuccinctRoles.from_dict(
        {"keyids": [], "threshold": 1, "bit_length": request["bit_length"], "name_prefix": request["name_prefix"]}
    )
    return {"name": bins.get_role_for_target(request["path"])}


def delegated_role(**chosen):
    return DelegatedRole.from_dict({"name": "role", "keyids": [], "threshold": 1, "terminating": False} | chosen)


CALLS = {
    "canonical": canonical,
    "read": read,
    "verify": verify,
    "threshold": threshold,
    "date-time": date_time,
    "match": match,
    "bin": hash_bin,
}


def values_of(signed):
    """What was read, in the form of `reading.values` of a vector."""
    opening = {
        "_type": signed.type,
        "spec_version": signed.spec_version,
        "version": signed.version,
        "expires": signed.to_dict()["expires"],
        "instant": instant_of(signed.expires),
    }
    if isinstance(signed, Root):
        return opening | {
            "consistent_snapshot": bool(signed.consistent_snapshot),
            "keys": keys_of(signed.keys),
            "roles": [{"name": name} | signers_of(role) for name, role in signed.roles.items()],
        }
    if isinstance(signed, Timestamp):
        return opening | {"meta": [meta_of("snapshot.json", signed.snapshot_meta)]}
    if isinstance(signed, Snapshot):
        return opening | {"meta": [meta_of(path, meta) for path, meta in signed.meta.items()]}
    files = [target_of(path, target) for path, target in signed.targets.items()]
    return opening | present(targets=files, delegations=signed.delegations and delegations_of(signed.delegations))


def meta_of(path, meta):
    hashes = None if meta.hashes is None else hashes_of(meta.hashes)
    return {"path": path, "version": meta.version} | present(length=meta.length, hashes=hashes)


def target_of(path, target):
    custom = None if target.custom is None else to_base64(encode_canonical(target.custom).encode("utf-8"))
    return {"path": path, "length": target.length, "hashes": hashes_of(target.hashes)} | present(custom=custom)


def delegations_of(delegations):
    keys = {"keys": keys_of(delegations.keys)}
    bins = delegations.succinct_roles
    if bins is not None:
        named = {"bit_length": bins.bit_length, "name_prefix": bins.name_prefix}
        return keys | {"succinct_roles": signers_of(bins) | named}
    return keys | {"roles": [role_of(role) for role in delegations.roles.values()]}


def role_of(role):
    chosen = present(paths=role.paths, path_hash_prefixes=role.path_hash_prefixes)
    return {"name": role.name} | signers_of(role) | {"terminating": role.terminating} | chosen


def signers_of(role):
    return {"keyids": role.keyids, "threshold": role.threshold}


def keys_of(keys):
    return [
        {"keyid": keyid, "keytype": key.keytype, "scheme": key.scheme} | present(public=key.keyval.get("public"))
        for keyid, key in keys.items()
    ]


def hashes_of(hashes):
    return [{"algorithm": algorithm, "digest": digest} for algorithm, digest in hashes.items()]


def instant_of(when):
    seconds = int((when.replace(microsecond=0) - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds())
    return {"seconds": seconds, "nanoseconds": when.microsecond * 1000}


def present(**members):
    return {name: value for name, value in members.items() if value is not None}


def is_exact(value):
    """Whether the protocol, which has no fractions and no large integers, can carry a value."""
    if isinstance(value, dict):
        return all(map(is_exact, value.values()))
    if isinstance(value, list):
        return all(map(is_exact, value))
    if isinstance(value, int):
        return abs(value) <= EXACT
    return value is None or isinstance(value, str)


def to_base64(data):
    return base64.b64encode(data).decode("ascii")


def set_clock(time):
    """Sets the clock of this process, which libfaketime is preloaded in, or sets it right again."""
    os.environ["FAKETIME"] = "+0"
    if time is None:
        return
    if "faketime" not in os.environ.get("LD_PRELOAD", ""):
        raise ClockError("the clock cannot be set without libfaketime")
    there = datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    ahead = (there - datetime.now(timezone.utc)).total_seconds()
    os.environ["FAKETIME"] = f"{math.ceil(ahead * 1000) / 1000:+.3f}"


class ClockError(Exception):
    """The clock cannot be set."""


def take(request, steps):
    """One of the commands."""
    if request["call"] == "init":
        steps["init"](request["metadataDir"], request["rootFile"])
        return
    set_clock(request.get("time"))
    steps["update"](
        request["metadataDir"],
        request["metadataUrl"],
        request.get("targetNames", []),
        request.get("targetDir"),
        request.get("targetBaseUrl"),
    )


def answer_to(request, steps):
    try:
        call = CALLS.get(request["call"])
        if call is not None:
            return call(request)
        take(request, steps)
        return {"result": "accept"}
    except ClockError as error:
        return {"error": str(error)}
    except Exception as error:
        print(f"{type(error).__name__}: {error}"[:1000], file=sys.stderr)
        return {"result": "reject"}


def answer_lines(steps):
    """Announces what there is, and answers until stdin ends."""
    write(
        {
            "protocol": "tufa-vectors/1",
            "client": f"python-tuf {version('tuf')}",
            "calls": [*CALLS, "init", "refresh", "download"],
            "forms": ["olpc"],
            "profiles": ["default"],
        }
    )
    for line in sys.stdin:
        request = json.loads(line)
        write({"id": request["id"]} | answer_to(request, steps))


def write(members):
    print(json.dumps(members), flush=True)
