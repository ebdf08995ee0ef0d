/**
 * Publishing: hash, open a draft, encrypt and upload in parallel, sign, finalise. Knows no terminal
 * and no arguments; what it has to tell goes to a {@link
 * dev.strongroom.cli.publish.PublishListener}.
 */
@NullMarked
package dev.strongroom.cli.publish;

import org.jspecify.annotations.NullMarked;
