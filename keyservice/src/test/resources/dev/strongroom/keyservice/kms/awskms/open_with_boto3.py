"""Opens a wrapped data key with nothing but boto3: what the document of the key backends says is
all that one must know. Reads a JSON object from the standard input, writes the key in hexadecimal; ends with
3 when KMS refuses the ciphertext under this context."""

import base64
import json
import sys

import boto3

asked = json.load(sys.stdin)
kms = boto3.client(
    "kms",
    region_name=asked["key"].split(":")[3],
    endpoint_url=asked["endpoint"],
    aws_access_key_id="test-access-key",
    aws_secret_access_key="test-secret",
)
try:
    answer = kms.decrypt(
        KeyId=asked["key"],
        CiphertextBlob=base64.b64decode(asked["ciphertext"]),
        EncryptionContext={
            "context": "strongroom/v1/wrap-context",
            "organisation": asked["model"].split("/")[0],
            "model": asked["model"],
            "version": asked["version"],
            "data-key": asked["dataKey"],
            "manifest": asked["manifest"],
        },
    )
except kms.exceptions.InvalidCiphertextException:
    print("refused")
    sys.exit(3)
print(answer["Plaintext"].hex())
