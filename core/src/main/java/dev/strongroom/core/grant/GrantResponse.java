package dev.strongroom.core.grant;

import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Require;
import dev.strongroom.core.seal.SealedKey;
import java.util.List;

/**
 * Answer to {@code POST /v1/grants}.
 *
 * @param grant a {@code strongroom-grant+jwt} with {@link Grant} as its payload
 * @param sealedKey the data key, sealed under the grant
 * @param manifest the bytes of the DSSE envelope of the manifest
 * @param objects presigned GETs for the first files of the manifest, at most 256; the others are
 *     asked for at {@code POST /v1/leases/ID/urls}
 * @param leaf the log entry of this grant
 * @param receipt proof that the leaf is in the log (C2SP tlog-proof text)
 */
public record GrantResponse(
    String grant,
    SealedKey sealedKey,
    Blob manifest,
    List<ObjectUrl> objects,
    Blob leaf,
    String receipt) {
  public static final int MAX_OBJECTS = 256;

  public GrantResponse {
    Require.present(grant, "grant");
    Require.present(sealedKey, "sealedKey");
    Require.present(manifest, "manifest");
    objects = List.copyOf(Require.present(objects, "objects"));
    Require.present(leaf, "leaf");
    Require.present(receipt, "receipt");
  }

  @Override
  public String toString() {
    return "GrantResponse[" + objects.size() + " objects]";
  }
}
