package dev.strongroom.keyservice.config;

import dev.strongroom.keyservice.config.yaml.Bounds;
import java.time.Duration;

/**
 * Data keys that the service keeps for the next grant. Neither has a default: how long a KEK that
 * was disabled goes on opening is a choice that somebody makes and signs for.
 *
 * @param maxKeys at most so many; the one that was not used for longest goes first
 * @param maxAge of each, from the answer of the key backend on, however often it is used
 */
public record DataKeyCacheConfig(
    @Bounds(min = "1", max = "10000") Integer maxKeys,
    @Bounds(min = "1s", max = "1h") Duration maxAge) {}
