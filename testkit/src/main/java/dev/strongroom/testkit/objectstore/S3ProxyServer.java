package dev.strongroom.testkit.objectstore;

import dev.strongroom.testkit.stage.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobApiMetadata;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.BlobStoreContext;
import org.jspecify.annotations.Nullable;

/**
 * S3Proxy over a directory: S3 with AWS signatures version 4, path style, on the loopback
 * interface. It keeps ETags in extended attributes, so the directory's file system needs them.
 */
public final class S3ProxyServer implements ObjectStoreServer {
  private static final String LOOPBACK = "127.0.0.1";
  private static final String REGION = "us-east-1";

  private final S3Proxy proxy;
  private final BlobStoreContext context;
  private final Path arriving;
  private final S3Endpoint endpoint;

  private S3ProxyServer(
      S3Proxy proxy, BlobStoreContext context, Path arriving, S3Endpoint endpoint) {
    this.proxy = proxy;
    this.context = context;
    this.arriving = arriving;
    this.endpoint = endpoint;
  }

  /**
   * What to serve.
   *
   * @param directory holds the objects; made when it is absent
   * @param port 0 for one that the system chooses
   * @param tls null for plain HTTP
   */
  public record Options(
      Path directory,
      String bucket,
      String accessKey,
      String secretKey,
      int port,
      @Nullable SelfSignedKeyStore tls) {

    /** Plain HTTP on a free port with credentials for tests. */
    public static Options over(Path directory) {
      return new Options(directory, "weights", "test-access-key", "test-secret-key", 0, null);
    }
  }

  /** Starts over this directory, on plain HTTP and a free port, with credentials for tests. */
  public static S3ProxyServer start(Path directory) {
    return start(Options.over(directory));
  }

  /** Starts. */
  public static S3ProxyServer start(Options options) {
    BlobStoreContext context = open(options);
    BlobStore store = context.getBlobStore();
    store.createContainerInLocation(null, options.bucket());
    Path arriving = arriving();
    S3Proxy proxy = build(options, new WholePartsStore(store, arriving));
    try {
      proxy.start();
    } catch (Exception e) {
      context.close();
      throw new IllegalStateException("S3Proxy does not start", e);
    }
    URI uri =
        options.tls() == null
            ? URI.create("http://" + LOOPBACK + ":" + proxy.getPort())
            : URI.create("https://" + LOOPBACK + ":" + proxy.getSecurePort());
    return new S3ProxyServer(
        proxy,
        context,
        arriving,
        new S3Endpoint(uri, REGION, options.bucket(), options.accessKey(), options.secretKey()));
  }

  // The metadata is named here because a search by service loading would meet the clouds that are
  // not on the class path.
  private static BlobStoreContext open(Options options) {
    try {
      Files.createDirectories(options.directory());
    } catch (IOException e) {
      throw new UncheckedIOException("the directory of the object store cannot be made", e);
    }
    Properties properties = new Properties();
    properties.setProperty(
        "jclouds.filesystem.basedir", options.directory().toAbsolutePath().toString());
    return ContextBuilder.newBuilder(new FilesystemNio2BlobApiMetadata())
        .overrides(properties)
        .credentials("", "")
        .build(BlobStoreContext.class);
  }

  private static Path arriving() {
    try {
      return Files.createTempDirectory("strongroom-objectstore-");
    } catch (IOException e) {
      throw new UncheckedIOException("no folder for parts that arrive", e);
    }
  }

  private static S3Proxy build(Options options, BlobStore store) {
    S3Proxy.Builder builder =
        S3Proxy.builder()
            .blobStore(store)
            .awsAuthentication(AuthenticationType.AWS_V4, options.accessKey(), options.secretKey())
            .ignoreUnknownHeaders(true);
    SelfSignedKeyStore tls = options.tls();
    if (tls == null) {
      builder.endpoint(URI.create("http://" + LOOPBACK + ":" + options.port()));
    } else {
      builder
          .secureEndpoint(URI.create("https://" + LOOPBACK + ":" + options.port()))
          .keyStore(tls.keyStore().toUri().toString(), tls.password());
    }
    return builder.build();
  }

  @Override
  public S3Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public void close() {
    try {
      proxy.stop();
    } catch (Exception e) {
      throw new IllegalStateException("S3Proxy does not stop", e);
    } finally {
      context.close();
      Trees.remove(arriving);
    }
  }
}
