package dev.strongroom.cli.connect;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The profile file: what is the same for every command. All keys may be absent; relative paths are
 * relative to the file's folder.
 *
 * @param service the key service's origin
 * @param trust the trust bundle
 * @param ca PEM certificates to trust as the service's; absent for those that Java trusts
 * @param tokenFile holds our identity token
 * @param storageCa PEM certificates to trust as the object storage's
 * @param storageHosts origins of the object storage; absent for that of the first URL
 * @param publisherKey the private key that signs manifests
 * @param stateDir where publications keep their journals
 */
public record Profile(
    @Nullable String service,
    @Nullable Path trust,
    @Nullable Path ca,
    @Nullable Path tokenFile,
    @Nullable Path storageCa,
    @Nullable List<String> storageHosts,
    @Nullable Path publisherKey,
    @Nullable Path stateDir) {
  static final Profile EMPTY = new Profile(null, null, null, null, null, null, null, null);
}
