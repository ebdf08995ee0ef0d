/** Routes, problem documents, limits and TLS. */
@NullMarked
package dev.strongroom.keyservice.http;

import org.jspecify.annotations.NullMarked;
