/** Tests of the whole service: real connections, real log, real keys, real storage. */
@NullMarked
package dev.strongroom.keyservice;

import org.jspecify.annotations.NullMarked;
