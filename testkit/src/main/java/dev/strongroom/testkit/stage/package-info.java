/**
 * A whole small world of real processes: object store, issuer of tokens, key service, command line,
 * sidecars. What the demonstration, the benchmarks and the tests across modules play on.
 */
@NullMarked
package dev.strongroom.testkit.stage;

import org.jspecify.annotations.NullMarked;
