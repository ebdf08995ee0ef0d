package dev.strongroom.testkit.objectstore;

import java.net.URI;

/**
 * How to reach an S3 server, in path style. The credentials are those of a test.
 *
 * @param uri scheme, host and port
 * @param region for signatures
 * @param bucket exists already
 */
public record S3Endpoint(
    URI uri, String region, String bucket, String accessKey, String secretKey) {}
