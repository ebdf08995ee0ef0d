"""Opens wrapped data keys with nothing but Tink: what the documents of the key backends and of the
canonical encoding say is all that one must know. Reads a JSON object from the standard input: the
keyset's file and the wrapped keys with their contexts. Writes a line for each: the key in
hexadecimal, or "refused"."""

import base64
import json
import sys

import tink
from tink import aead, secret_key_access


def enc(*fields):
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def context(job):
    manifest = job["manifest"]
    return enc(
        b"strongroom/v1/wrap-context",
        job["model"].encode(),
        job["version"].encode(),
        job["dataKey"].encode(),
        b"published" if manifest else b"draft",
        bytes.fromhex(manifest),
    )


asked = json.load(sys.stdin)
aead.register()
with open(asked["keyset"], encoding="utf-8") as file:
    keyset = tink.json_proto_keyset_format.parse(file.read(), secret_key_access.TOKEN)
primitive = keyset.primitive(aead.Aead)
for job in asked["jobs"]:
    try:
        key = primitive.decrypt(base64.b64decode(job["ciphertext"]), context(job))
    except tink.TinkError:
        print("refused")
    else:
        print(key.hex())
