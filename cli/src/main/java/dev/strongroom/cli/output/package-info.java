/** What people and machines read: lines, tables, JSON, progress. */
@NullMarked
package dev.strongroom.cli.output;

import org.jspecify.annotations.NullMarked;
