/** Evidence verified on this machine alone: files in, claims or a refusal out. */
@NullMarked
package dev.strongroom.cli.attest;

import org.jspecify.annotations.NullMarked;
