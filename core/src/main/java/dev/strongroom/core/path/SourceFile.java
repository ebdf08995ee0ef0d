package dev.strongroom.core.path;

import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

/**
 * A file that is about to be published, as it was found.
 *
 * @param path its path inside the model
 * @param file where it is; open it without following links
 * @param mode its POSIX permission bits that are kept: read and execute, at least the owner's read
 * @param size bytes
 * @param lastModified for noticing a change; what is encrypted is checked by its digest
 */
public record SourceFile(WeightPath path, Path file, int mode, long size, FileTime lastModified) {}
