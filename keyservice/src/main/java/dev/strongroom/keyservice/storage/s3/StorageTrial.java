package dev.strongroom.keyservice.storage.s3;

import dev.strongroom.core.manifest.ObjectName;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.storage.ObjectStorage;
import dev.strongroom.keyservice.storage.ObjectStorage.Presigned;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Tries what publishing and delivery need of a storage, under a name that nothing has, and leaves
 * nothing behind: an upload is begun and given up, an object that is not there is asked for by a
 * presigned URL. No byte of an object is written.
 */
public final class StorageTrial {
  private static final Duration WAIT = Duration.ofSeconds(10);
  private static final Duration LIFETIME = Duration.ofMinutes(1);

  /** What a storage says of an absent object to who may read: it is not there, or not that one. */
  private static final Set<Integer> ABSENT = Set.of(404, 412);

  private StorageTrial() {}

  /**
   * @param caFile whom to trust where it is not the system's authorities
   * @throws Problem {@link ProblemCode#STORAGE_UNAVAILABLE} saying which of it does not work
   */
  public static void run(ObjectStorage storage, @Nullable Path caFile, SecureRandom random) {
    storage.check();
    String name = ObjectName.random(random).value();
    storage.abort(name, storage.beginUpload(name));
    Presigned read = storage.presignGet(name, "\"absent\"", LIFETIME);
    int status = status(read, caFile);
    if (!ABSENT.contains(status)) {
      throw new Problem(
          ProblemCode.STORAGE_UNAVAILABLE,
          "a presigned read of an object that is not there was answered "
              + status
              + " where 404 belongs; allow the credentials to get objects and to list the bucket");
    }
  }

  private static int status(Presigned read, @Nullable Path caFile) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(read.url())).timeout(WAIT);
    read.headers().forEach(request::header);
    try (HttpClient http = client(caFile)) {
      return http.send(request.build(), BodyHandlers.discarding()).statusCode();
    } catch (IOException | GeneralSecurityException e) {
      // The URL is a secret, and what failed may quote it.
      throw unanswered();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unanswered();
    }
  }

  private static Problem unanswered() {
    return new Problem(
        ProblemCode.STORAGE_UNAVAILABLE,
        "the storage does not answer a presigned read; check its endpoint");
  }

  private static HttpClient client(@Nullable Path caFile) throws GeneralSecurityException {
    HttpClient.Builder http =
        HttpClient.newBuilder()
            .connectTimeout(WAIT)
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER);
    if (caFile != null) {
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(null, new CaFileTrust(caFile).trustManagers(), null);
      http.sslContext(tls);
    }
    return http.build();
  }
}
