package dev.strongroom.keyservice.http;

import java.time.Duration;

/**
 * How the listener behaves under load. Everything that waits has a limit, everything that queues a
 * bound.
 *
 * @param host the address to listen on
 * @param port 0 for a free one
 * @param eventLoops threads that move bytes
 * @param maxConnections open at once; more are closed as they come
 * @param maxHeaderBytes all headers of a request together
 * @param maxBufferedBytes bodies of all requests together that are held in memory: a quarter for
 *     usual routes, the rest for the large bodies of slow ones
 * @param concurrentRequests handled at once; more wait. Routes that take longer have a quarter of
 *     this beside it, at least 4
 * @param queuedRequests waiting at most; more are refused with {@code overloaded}
 * @param maxEventStreams open event streams at most
 * @param requestTimeout for the body, and then again for the answer
 * @param idleTimeout of a connection without a whole request
 * @param heartbeat between comments on an event stream
 * @param clientCertificates whether clients are asked for certificates; showing none is allowed
 */
public record ListenerSettings(
    String host,
    int port,
    int eventLoops,
    int maxConnections,
    int maxHeaderBytes,
    long maxBufferedBytes,
    int concurrentRequests,
    int queuedRequests,
    int maxEventStreams,
    Duration requestTimeout,
    Duration idleTimeout,
    Duration heartbeat,
    boolean clientCertificates) {}
