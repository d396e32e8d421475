"""Publishes one new target into hash bins with python-tuf's Metadata API, and prints the milliseconds of CPU time it took,
the start of Python included. Its keys are its own: the time is that of the same reading, signing and writing.

Arguments: the folder of the metadata, the path of the target, its file.
"""

import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, TargetFile
from tuf.api.serialization.json import JSONSerializer

folder, path, file = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
signer = CryptoSigner.generate_ed25519()
compact = JSONSerializer(compact=True)


def newest(role):
    names = folder.glob(f"*.{role}.json")
    return Metadata.from_file(str(max(names, key=lambda name: int(name.name.split(".", 1)[0]))))


def write(document, name):
    document.signed.expires = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=7)
    document.signatures.clear()
    document.sign(signer)
    document.to_file(str(folder / name), compact)


targets = newest("targets")
role = targets.signed.delegations.succinct_roles.get_role_for_target(path)
found = newest(role)
found.signed.targets[path] = TargetFile.from_file(path, file, ["sha256"])
found.signed.version += 1
write(found, f"{found.signed.version}.{role}.json")

snapshot = newest("snapshot")
snapshot.signed.meta[f"{role}.json"] = MetaFile(found.signed.version)
snapshot.signed.version += 1
write(snapshot, f"{snapshot.signed.version}.snapshot.json")

timestamp = Metadata.from_file(str(folder / "timestamp.json"))
timestamp.signed.snapshot_meta = MetaFile(snapshot.signed.version)
timestamp.signed.version += 1
write(timestamp, "timestamp.json")

print(time.process_time() * 1000)
