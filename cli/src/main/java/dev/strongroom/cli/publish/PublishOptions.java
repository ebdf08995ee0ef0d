package dev.strongroom.cli.publish;

import dev.strongroom.core.id.ModelVersion;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What to publish and with how much of the machine.
 *
 * @param source the directory
 * @param target model and version
 * @param stateDirectory where the journal of this version is kept
 * @param workers how many parts are read, hashed and encrypted at once: 1 or more
 * @param filesAtOnce how many files are under way at once: 1 or more
 * @param uploadsAtOnce how many parts are sent at once, each on a connection of its own: 1 or more
 * @param bufferBytes how much ciphertext may wait for the network; one part always may
 * @param modelSignature what the files must agree with, where there is one
 * @param papers where to write what proves the publication, where that is wanted
 */
public record PublishOptions(
    Path source,
    ModelVersion target,
    Path stateDirectory,
    int workers,
    int filesAtOnce,
    int uploadsAtOnce,
    long bufferBytes,
    Optional<ModelSignature> modelSignature,
    Optional<Path> papers) {
  /** A file that keeps changing is given up after this many attempts. */
  static final int MAX_ATTEMPTS = 3;

  /**
   * Parts on the way at once. More than the network needs costs time too: each is a buffer of fresh
   * memory, and touching that is slower than encrypting.
   */
  public static final int USUAL_UPLOADS = 8;

  public PublishOptions {
    if (workers < 1 || filesAtOnce < 1 || uploadsAtOnce < 1 || bufferBytes < 1) {
      throw new IllegalArgumentException(
          "workers, files at once, uploads at once and buffer bytes are at least 1");
    }
  }

  /** All cores, eight files and eight uploads at once, at most a quarter of the heap for them. */
  public static PublishOptions of(Path source, ModelVersion target, Path stateDirectory) {
    return new PublishOptions(
        source,
        target,
        stateDirectory,
        Runtime.getRuntime().availableProcessors(),
        8,
        USUAL_UPLOADS,
        Runtime.getRuntime().maxMemory() / 4,
        Optional.empty(),
        Optional.empty());
  }

  /** The same with so many parts encrypted at once. */
  public PublishOptions withWorkers(int number) {
    return new PublishOptions(
        source,
        target,
        stateDirectory,
        number,
        filesAtOnce,
        uploadsAtOnce,
        bufferBytes,
        modelSignature,
        papers);
  }

  /** The same with so many parts sent at once. */
  public PublishOptions withUploads(int number) {
    return new PublishOptions(
        source,
        target,
        stateDirectory,
        workers,
        filesAtOnce,
        number,
        bufferBytes,
        modelSignature,
        papers);
  }

  /** The same, with a signature that the files must agree with. */
  public PublishOptions withModelSignature(ModelSignature signature) {
    return new PublishOptions(
        source,
        target,
        stateDirectory,
        workers,
        filesAtOnce,
        uploadsAtOnce,
        bufferBytes,
        Optional.of(signature),
        papers);
  }

  /** The same, with the papers of the publication written to this directory. */
  public PublishOptions withPapers(Path directory) {
    return new PublishOptions(
        source,
        target,
        stateDirectory,
        workers,
        filesAtOnce,
        uploadsAtOnce,
        bufferBytes,
        modelSignature,
        Optional.of(directory));
  }
}
