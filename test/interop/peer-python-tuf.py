"""python-tuf as a peer: a client that speaks the conformance protocol, and a writer of the repositories in plans.json."""

import argparse
import hashlib
import inspect
import json
import shutil
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import quote

from securesystemslib.signer import CryptoSigner
from tuf.api import metadata as api
from tuf.api.serialization.json import JSONSerializer
from tuf.ngclient import Updater


PINNED = "pinned-root"
"""The root that a client is given, in its folder of metadata. python-tuf 6 and later want it each time."""

WAIT = 2
"""Seconds that a connection may be silent: python-tuf's own 30 are more than a test can wait for, four times."""


def init(folder, root):
    """Before python-tuf 6 the root of the last run is the trusted one, so that the given one takes its place."""
    name = PINNED if asks_for_root() else "root.json"
    shutil.copyfile(root, Path(folder) / name)


def update(folder, metadata_url, names, target_dir, target_base_url):
    """Refreshes, and downloads what is named. Raises what python-tuf raises."""
    bootstrap = {"bootstrap": (Path(folder) / PINNED).read_bytes()} if asks_for_root() else {}
    updater = Updater(
        str(folder),
        metadata_url,
        target_dir=target_dir,
        target_base_url=target_base_url,
        fetcher=fetcher(),
        **bootstrap,
    )
    updater.refresh()
    for path in names:
        target = updater.get_targetinfo(path)
        if target is None:
            raise LookupError(f"no such target: {path}")
        if updater.find_cached_target(target) is None:
            updater.download_target(target)


def asks_for_root():
    return "bootstrap" in inspect.signature(Updater).parameters


def fetcher():
    try:
        from tuf.ngclient.urllib3_fetcher import Urllib3Fetcher
    except ImportError:
        return None  # before python-tuf 6 the default was another one
    return Urllib3Fetcher(socket_timeout=WAIT)


class Keys:
    """A private key for each name such as `ed25519:root`, made when it is first asked for."""

    def __init__(self):
        self._signers = {}

    def __getitem__(self, name):
        if name not in self._signers:
            self._signers[name] = self._generate(name.split(":")[0])
        return self._signers[name]

    def save(self, folder):
        """Private keys, for whoever takes the repository over."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, signer in self._signers.items():
            place = folder / f"{name.replace(':', '-')}.pem"
            place.touch(mode=0o600)
            place.write_bytes(signer.private_bytes)

    @staticmethod
    def _generate(kind):
        if kind == "ed25519":
            return CryptoSigner.generate_ed25519()
        if kind == "rsa":
            return CryptoSigner.generate_rsa(size=2048)
        if kind == "ecdsa-p256":
            return CryptoSigner.generate_ecdsa()
        return p384_signer()


def p384_signer():
    """The generator of securesystemslib knows P-256 only; its key and signer know both."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
    from securesystemslib.signer import SSlibKey

    private = generate_private_key(SECP384R1())
    return CryptoSigner(private, SSlibKey.from_crypto(private.public_key()))


class Repository:
    """One plan, written release after release into a folder that keeps all of its files."""

    def __init__(self, plan, folder):
        self.plan = plan
        self.folder = folder
        self.keys = Keys()
        self.consistent = plan["consistentSnapshot"]
        self.extra = plan.get("unknownFields", False)
        self.targets = {}
        self.signers = {}
        self.published = set()
        self.snapshot = api.Metadata(api.Snapshot(expires=self.expires(), **self.unknown("snapshot")))
        self.timestamp = api.Metadata(api.Timestamp(expires=self.expires(), **self.unknown("timestamp")))

    def write(self):
        self.first_root()
        self.delegate()
        for index, release in enumerate(self.plan["releases"], 1):
            for change in release.get("roots", []):
                self.next_root(change)
            self.release(release["files"])
            shutil.copytree(self.folder / "served", self.folder / str(index))
        shutil.copy(self.folder / "served" / "metadata" / "1.root.json", self.folder / "root.json")
        self.keys.save(self.folder / "keys")

    def expires(self):
        return datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=30)

    def unknown(self, place):
        if not self.extra:
            return {}
        value = {"who": place, "list": [1, None, True, {"ü": "ä \" \\ \u2028"}], "": {}}
        return {"unrecognized_fields": {"x-unknown": value, "__proto__": {"10": 10}}}

    def first_root(self):
        self.root = api.Metadata(
            api.Root(expires=self.expires(), consistent_snapshot=self.consistent, **self.unknown("root"))
        )
        self.set_roles(self.root.signed, self.plan["roles"])
        self.sign(self.root, self.signers["root"])
        self.save(self.root, "1.root.json")

    def next_root(self, change):
        """The next version, signed by the old root's keys and by its own."""
        old = self.signers["root"]
        self.root.signed.version += 1
        self.set_roles(self.root.signed, change)
        self.sign(self.root, old + self.signers["root"])
        self.save(self.root, f"{self.root.signed.version}.root.json")

    def set_roles(self, root, roles):
        for role, spec in roles.items():
            for keyid in list(root.roles[role].keyids):
                root.revoke_key(keyid, role)
            root.roles[role].threshold = spec["threshold"]
            self.add_keys(root, role, spec)

    def add_keys(self, delegator, role, spec):
        self.signers[role] = spec["keys"]
        for name in spec["keys"]:
            key = self.keys[name].public_key
            if self.extra:
                key.unrecognized_fields.update(self.unknown("key")["unrecognized_fields"])
            delegator.add_key(key, role)

    def delegate(self):
        self.targets["targets"] = self.new_targets("targets")
        for spec in self.plan.get("delegations", []):
            role = spec["name"]
            delegator = self.targets[spec["from"]].signed
            if delegator.delegations is None:
                delegator.delegations = api.Delegations({}, {}, **self.unknown("delegations"))
            delegator.delegations.roles[role] = api.DelegatedRole(
                role,
                [],
                spec["threshold"],
                spec["terminating"],
                paths=spec.get("paths"),
                path_hash_prefixes=spec.get("pathHashPrefixes"),
                **self.unknown("delegation"),
            )
            self.add_keys(delegator, role, spec)
            self.targets[role] = self.new_targets(role)
        if "succinct" in self.plan:
            self.delegate_bins(self.plan["succinct"])

    def delegate_bins(self, spec):
        delegator = self.targets[spec["from"]].signed
        bins = api.SuccinctRoles([], spec["threshold"], spec["bitLength"], spec["prefix"])
        delegator.delegations = api.Delegations({}, succinct_roles=bins)
        for name in spec["keys"]:
            delegator.add_key(self.keys[name].public_key)
        for role in bins.get_roles():
            self.targets[role] = self.new_targets(role)
            self.signers[role] = spec["keys"]

    def new_targets(self, role):
        return api.Metadata(api.Targets(expires=self.expires(), **self.unknown(role)))

    def release(self, files):
        for role, listed in self.by_role(files).items():
            targets = self.targets[role]
            targets.signed.targets = {path: self.add_file(path, file) for path, file in listed.items()}
            self.snapshot.signed.meta[f"{role}.json"] = self.publish(role, targets)
        self.timestamp.signed.snapshot_meta = self.publish("snapshot", self.snapshot)
        self.publish("timestamp", self.timestamp)

    def by_role(self, files):
        """Every role that is new or changes, with what it lists."""
        roles = {role: listed for role, listed in files.items() if role != "@succinct"}
        for role in self.targets:
            if role not in self.published:
                roles.setdefault(role, {})
        bins = {}
        for path, file in files.get("@succinct", {}).items():
            role = self.targets["targets"].signed.delegations.succinct_roles.get_role_for_target(path)
            bins.setdefault(role, {})[path] = file
        return roles | bins

    def add_file(self, path, file):
        data = file["text"].encode()
        target = api.TargetFile.from_data(path, data, ["sha256", "sha512"])
        if "custom" in file:
            target.unrecognized_fields["custom"] = file["custom"]
        target.unrecognized_fields.update(self.unknown(path).get("unrecognized_fields", {}))
        folder, _, name = path.rpartition("/")
        prefixes = [f"{digest}." for digest in target.hashes.values()] if self.consistent else [""]
        for prefix in prefixes:
            place = self.folder / "served" / "targets" / folder / f"{prefix}{name}"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return target

    def publish(self, role, document):
        """Signs the next version, the first one as it is, and gives what another role lists of it."""
        if role in self.published:
            document.signed.version += 1
        self.published.add(role)
        self.sign(document, self.signers[role])
        prefixed = self.consistent and role != "timestamp"
        name = quote(role, "")
        data = self.save(document, f"{document.signed.version}.{name}.json" if prefixed else f"{name}.json")
        hashes = {"sha256": hashlib.sha256(data).hexdigest()}
        return api.MetaFile(document.signed.version, len(data), hashes, **self.unknown("meta"))

    def sign(self, document, names):
        document.signatures.clear()
        for name in names:
            document.sign(self.keys[name], append=True)

    def save(self, document, name):
        data = document.to_bytes(JSONSerializer(compact=False))
        place = self.folder / "served" / "metadata" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        return data


def write(args):
    for plan in json.loads(Path(args.plans).read_text(encoding="utf-8")):
        Repository(plan, Path(args.to) / plan["name"]).write()


def arguments():
    parser = argparse.ArgumentParser()
    for option in ("metadata-dir", "metadata-url", "target-dir", "target-base-url"):
        parser.add_argument(f"--{option}")
    parser.add_argument("--target-name", action="append")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("init").add_argument("root")
    commands.add_parser("refresh")
    commands.add_parser("download")
    commands.add_parser("vectors")
    writer = commands.add_parser("write")
    writer.add_argument("plans")
    writer.add_argument("to")
    return parser.parse_args()


def main(args):
    if args.command == "write":
        write(args)
    elif args.command == "vectors":
        sys.dont_write_bytecode = True
        from python_vectors import answer_lines

        answer_lines({"init": init, "update": update})
    elif args.command == "init":
        init(args.metadata_dir, args.root)
    else:
        update(args.metadata_dir, args.metadata_url, args.target_name or [], args.target_dir, args.target_base_url)


if __name__ == "__main__":
    main(arguments())
