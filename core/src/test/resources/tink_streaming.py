"""Reads and writes files in Tink's AES256_GCM_HKDF streaming format, for a test.

Takes jobs on its standard input, one a line, and answers each with a line "done":
encrypt|decrypt KEY_HEX SEGMENT_SIZE AAD_HEX INPUT OUTPUT
"""

import io
import sys

import tink
from tink import secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

TYPE = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"


class Kept(io.BytesIO):
    """Stays readable after the stream that writes to it has closed it."""

    def close(self):
        pass


def primitive(key, segment_size):
    """The streaming primitive of a raw key."""
    material = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(
        version=0,
        key_value=key,
        params=aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
            ciphertext_segment_size=segment_size,
            derived_key_size=32,
            hkdf_hash_type=common_pb2.SHA256,
        ),
    )
    keyset = tink_pb2.Keyset(
        primary_key_id=1,
        key=[
            tink_pb2.Keyset.Key(
                key_data=tink_pb2.KeyData(
                    type_url=TYPE,
                    value=material.SerializeToString(),
                    key_material_type=tink_pb2.KeyData.SYMMETRIC,
                ),
                status=tink_pb2.ENABLED,
                key_id=1,
                output_prefix_type=tink_pb2.RAW,
            )
        ],
    )
    handle = tink.proto_keyset_format.parse(
        keyset.SerializeToString(), secret_key_access.TOKEN
    )
    return handle.primitive(streaming_aead.StreamingAead)


def main():
    streaming_aead.register()
    for line in sys.stdin:
        direction, key, segment_size, aad, source, target = line.split()
        tink_stream = primitive(bytes.fromhex(key), int(segment_size))
        with open(source, "rb") as file:
            data = file.read()
        if direction == "encrypt":
            kept = Kept()
            with tink_stream.new_encrypting_stream(kept, bytes.fromhex(aad)) as stream:
                stream.write(data)
            result = kept.getvalue()
        else:
            with tink_stream.new_decrypting_stream(
                io.BytesIO(data), bytes.fromhex(aad)
            ) as stream:
                result = stream.read()
        with open(target, "wb") as file:
            file.write(result)
        print("done", flush=True)


main()
