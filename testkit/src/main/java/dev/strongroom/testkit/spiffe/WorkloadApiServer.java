package dev.strongroom.testkit.spiffe;

import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.spiffe.workloadapi.grpc.SpiffeWorkloadAPIGrpc;
import io.spiffe.workloadapi.grpc.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A SPIFFE Workload API over a Unix socket, as an agent of SPIRE serves it: X.509-SVIDs and bundles
 * as streams that push each change, JWT-SVIDs on request, the security header asked for. Every
 * caller gets the identity that this server was told: nothing is looked up by process.
 */
public final class WorkloadApiServer implements AutoCloseable {
  private static final Metadata.Key<String> SECURITY_HEADER =
      Metadata.Key.of("workload.spiffe.io", Metadata.ASCII_STRING_MARSHALLER);

  private final Path socket;
  private final TestTrustDomain home;
  private final List<TestTrustDomain> federated = new ArrayList<>();
  private final List<Subscription<?>> subscriptions = new ArrayList<>();
  private @Nullable String path;
  private @Nullable TestSvid svid;
  private UnaryOperator<SvidRecipe> recipe = UnaryOperator.identity();
  private int jwtSvids;
  private @Nullable Running running;

  private record Running(Server server, MultiThreadIoEventLoopGroup loops) {}

  /** Somebody who is told of each change. */
  private record Subscription<T>(StreamObserver<T> to, java.util.function.Supplier<T> current) {
    void push() {
      to.onNext(current.get());
    }
  }

  private WorkloadApiServer(Path socket, TestTrustDomain home) {
    this.socket = socket;
    this.home = home;
  }

  /** Serves this trust domain; nobody has an identity yet. */
  public static WorkloadApiServer start(Path socket, TestTrustDomain home) {
    WorkloadApiServer server = new WorkloadApiServer(socket, home);
    server.up();
    return server;
  }

  /** Where clients find it. */
  public String address() {
    return "unix:" + socket;
  }

  /** Gives callers this identity from now on. */
  public synchronized void identify(String newPath) {
    path = newPath;
    svid = null;
    push();
  }

  /** Gives the bundle of another trust domain out, too. */
  public synchronized void federate(TestTrustDomain other) {
    federated.add(other);
    push();
  }

  /** Hands out a new X.509-SVID. */
  public synchronized void rotateSvid() {
    rotateSvid(UnaryOperator.identity());
  }

  /** Hands out a new X.509-SVID that is made differently. */
  public synchronized void rotateSvid(UnaryOperator<SvidRecipe> change) {
    recipe = change;
    svid = null;
    push();
  }

  /** The X.509-SVID that callers have now. */
  public synchronized TestSvid svid() {
    if (path == null) {
      throw Status.PERMISSION_DENIED.withDescription("no identity issued").asRuntimeException();
    }
    if (svid == null) {
      svid = home.issue(path, recipe);
    }
    return svid;
  }

  /** How many JWT-SVIDs were asked for. */
  public synchronized int jwtSvids() {
    return jwtSvids;
  }

  /** Tells every subscriber what is now: call it after a trust domain has changed. */
  public synchronized void push() {
    Iterator<Subscription<?>> all = subscriptions.iterator();
    while (all.hasNext()) {
      Subscription<?> each = all.next();
      if (each.to() instanceof ServerCallStreamObserver<?> call && call.isCancelled()) {
        all.remove();
      } else {
        each.push();
      }
    }
  }

  /** Starts to serve, after {@link #down}. */
  public synchronized void up() {
    MultiThreadIoEventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    try {
      Server server =
          NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toString()))
              .bossEventLoopGroup(loops)
              .workerEventLoopGroup(loops)
              .channelType(EpollServerDomainSocketChannel.class)
              .intercept(new SecurityHeader())
              .addService(new Service())
              .build()
              .start();
      running = new Running(server, loops);
    } catch (IOException e) {
      throw new IllegalStateException("the Workload API does not start at " + socket, e);
    }
  }

  /** Goes away, as an agent that is restarted does; streams break. */
  public void down() {
    Running was;
    synchronized (this) {
      was = running;
      running = null;
      subscriptions.clear();
    }
    if (was == null) {
      return;
    }
    was.server().shutdownNow();
    try {
      was.server().awaitTermination(10, TimeUnit.SECONDS);
      was.loops().shutdownGracefully(0, 1, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS);
      java.nio.file.Files.deleteIfExists(socket);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new IllegalStateException("the socket cannot be removed", e);
    }
  }

  @Override
  public void close() {
    down();
  }

  private synchronized <T> void subscribe(
      StreamObserver<T> to, java.util.function.Supplier<T> current) {
    try {
      Subscription<T> subscription = new Subscription<>(to, current);
      subscription.push();
      subscriptions.add(subscription);
    } catch (io.grpc.StatusRuntimeException e) {
      to.onError(e);
    }
  }

  private List<TestTrustDomain> domains() {
    List<TestTrustDomain> all = new ArrayList<>(federated);
    all.addFirst(home);
    return all;
  }

  /** Workload API, section 3: without this header no call is answered. */
  private static final class SecurityHeader implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      if (!"true".equals(headers.get(SECURITY_HEADER))) {
        call.close(Status.INVALID_ARGUMENT.withDescription("security header missing"), headers);
        return new ServerCall.Listener<>() {};
      }
      return next.startCall(call, headers);
    }
  }

  private final class Service extends SpiffeWorkloadAPIGrpc.SpiffeWorkloadAPIImplBase {
    @Override
    public void fetchX509SVID(
        Workload.X509SVIDRequest request, StreamObserver<Workload.X509SVIDResponse> to) {
      subscribe(to, WorkloadApiServer.this::x509Svids);
    }

    @Override
    public void fetchX509Bundles(
        Workload.X509BundlesRequest request, StreamObserver<Workload.X509BundlesResponse> to) {
      subscribe(to, WorkloadApiServer.this::x509Bundles);
    }

    @Override
    public void fetchJWTBundles(
        Workload.JWTBundlesRequest request, StreamObserver<Workload.JWTBundlesResponse> to) {
      subscribe(to, WorkloadApiServer.this::jwtBundles);
    }

    @Override
    public void fetchJWTSVID(
        Workload.JWTSVIDRequest request, StreamObserver<Workload.JWTSVIDResponse> to) {
      try {
        to.onNext(jwtSvid(request.getAudience(0)));
        to.onCompleted();
      } catch (io.grpc.StatusRuntimeException e) {
        to.onError(e);
      }
    }
  }

  private Workload.X509SVIDResponse x509Svids() {
    TestSvid now = svid();
    java.io.ByteArrayOutputStream chain = new java.io.ByteArrayOutputStream();
    now.chain().forEach(each -> chain.writeBytes(TestTrustDomain.der(each)));
    Workload.X509SVIDResponse.Builder response =
        Workload.X509SVIDResponse.newBuilder()
            .addSvids(
                Workload.X509SVID
                    .newBuilder()
                    .setSpiffeId(home.id(String.valueOf(path)))
                    .setX509Svid(ByteString.copyFrom(chain.toByteArray()))
                    .setX509SvidKey(ByteString.copyFrom(now.key().getEncoded()))
                    .setBundle(ByteString.copyFrom(home.x509Bundle())));
    federated.forEach(
        each -> response.putFederatedBundles(each.id(""), ByteString.copyFrom(each.x509Bundle())));
    return response.build();
  }

  private Workload.X509BundlesResponse x509Bundles() {
    Workload.X509BundlesResponse.Builder response = Workload.X509BundlesResponse.newBuilder();
    domains()
        .forEach(each -> response.putBundles(each.id(""), ByteString.copyFrom(each.x509Bundle())));
    return response.build();
  }

  private Workload.JWTBundlesResponse jwtBundles() {
    Workload.JWTBundlesResponse.Builder response = Workload.JWTBundlesResponse.newBuilder();
    domains()
        .forEach(
            each -> response.putBundles(each.id(""), ByteString.copyFromUtf8(each.jwtBundle())));
    return response.build();
  }

  private synchronized Workload.JWTSVIDResponse jwtSvid(String audience) {
    if (path == null) {
      throw Status.PERMISSION_DENIED.withDescription("no identity issued").asRuntimeException();
    }
    jwtSvids++;
    return Workload.JWTSVIDResponse.newBuilder()
        .addSvids(
            Workload.JWTSVID
                .newBuilder()
                .setSpiffeId(home.id(path))
                .setSvid(home.jwt(path, audience)))
        .build();
  }
}
