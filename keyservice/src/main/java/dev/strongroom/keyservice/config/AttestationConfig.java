package dev.strongroom.keyservice.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What evidence of hardware is verified with, besides the roots that are pinned in the product.
 *
 * @param collateral a folder of what vendors publish: certificates, revocation lists, TCB info and
 *     identities of quoting enclaves; looked at every few seconds. Null for none
 */
public record AttestationConfig(@Nullable Path collateral) {}
