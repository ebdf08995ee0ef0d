package dev.strongroom.delivery.grant;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.seal.SealSuite;
import org.jspecify.annotations.Nullable;

/**
 * What a workload wants.
 *
 * @param podUid uid of its pod, where there is one
 * @param leaseSeconds null for what the policy gives
 */
public record GrantWish(
    ModelVersion target,
    SealSuite suite,
    DeliveryMode mode,
    ExpiryMode onExpiry,
    @Nullable String podUid,
    @Nullable Long leaseSeconds) {}
