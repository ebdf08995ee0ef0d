/** Object storage for tests and the demo: real S3 servers, started on free ports. */
@NullMarked
package dev.strongroom.testkit.objectstore;

import org.jspecify.annotations.NullMarked;
