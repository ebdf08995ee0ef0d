package dev.strongroom.core.grant;

import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Require;
import dev.strongroom.core.seal.SealedKey;

/**
 * Answer to {@code POST /v1/drafts}.
 *
 * @param draftGrant a {@code strongroom-draft-grant+jwt} with {@link DraftGrant} as its payload
 * @param sealedKey the data key, sealed under the draft grant
 * @param leaf the log entry of this release of the key
 * @param receipt proof that the leaf is in the log (C2SP tlog-proof text)
 */
public record DraftResponse(String draftGrant, SealedKey sealedKey, Blob leaf, String receipt) {
  public DraftResponse {
    Require.present(draftGrant, "draftGrant");
    Require.present(sealedKey, "sealedKey");
    Require.present(leaf, "leaf");
    Require.present(receipt, "receipt");
  }
}
