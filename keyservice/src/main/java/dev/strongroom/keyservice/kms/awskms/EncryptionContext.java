package dev.strongroom.keyservice.kms.awskms;

import dev.strongroom.keyservice.kms.WrapContext;
import java.util.Map;

/**
 * A context as KMS takes it: pairs that it binds as associated data, writes in clear into
 * CloudTrail and offers to key policies as {@code kms:EncryptionContext:NAME}. Every field of the
 * context has a name of its own, so no two contexts have the same pairs. Nothing in it is secret.
 */
final class EncryptionContext {
  private static final String FORM = "strongroom/v1/wrap-context";

  private EncryptionContext() {}

  static Map<String, String> of(WrapContext context) {
    return Map.of(
        "context", FORM,
        "organisation", context.target().model().organisation(),
        "model", context.target().model().value(),
        "version", context.target().version().value(),
        "data-key", context.dataKeyId().value(),
        "manifest", context.manifestDigest() == null ? "draft" : context.manifestDigest().hex());
  }
}
