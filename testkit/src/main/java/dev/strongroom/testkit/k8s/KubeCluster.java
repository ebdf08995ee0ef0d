package dev.strongroom.testkit.k8s;

import dev.strongroom.testkit.process.FreePorts;
import dev.strongroom.testkit.stage.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The control plane of a cluster, as far as identities need one: etcd and kube-apiserver with RBAC
 * on the loopback interface. There is no kubelet: a pod is what the API server stores, and its
 * status what the test writes. It can be killed and started again; what it stores stays.
 */
public final class KubeCluster implements AutoCloseable {
  /** The issuer of its tokens of service accounts. */
  public static final String ISSUER = "https://kubernetes.default.svc";

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static @Nullable KubeCluster shared;

  private final Path folder;
  private final KubePki pki;
  private final int port = FreePorts.next();
  private final int etcdPort = FreePorts.next();
  private final KubeApi api;
  private @Nullable Process etcd;
  private @Nullable Process server;

  private KubeCluster(Path folder) {
    this.folder = folder;
    this.pki = new KubePki(folder);
    this.api = new KubeApi(address(), pki.administrator());
  }

  /**
   * The cluster of this JVM, which ends with it: tests keep apart by their namespaces, and leave it
   * running.
   *
   * @throws IllegalStateException when {@link KubeApiServerBinary#missing} says why it cannot start
   */
  public static synchronized KubeCluster shared() {
    if (shared == null) {
      try {
        Path folder = Files.createTempDirectory("strongroom-kube-");
        KubeCluster started = start(folder);
        Runtime.getRuntime()
            .addShutdownHook(
                new Thread(() -> {
                  started.close();
                  Trees.remove(folder);
                }));
        shared = started;
      } catch (IOException e) {
        throw new UncheckedIOException("there is no folder for a cluster", e);
      }
    }
    return shared;
  }

  /** Starts one of its own in this folder, which is empty. */
  public static KubeCluster start(Path folder) {
    KubeApiServerBinary.missing()
        .ifPresent(why -> {
          throw new IllegalStateException(why);
        });
    KubeCluster cluster = new KubeCluster(folder);
    try {
      cluster.restart();
      cluster.api.create("/api/v1/nodes", KubeApi.object("v1", "Node", "node-1"));
      return cluster;
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /** Its URL, without a path. */
  public URI address() {
    return URI.create("https://127.0.0.1:" + port);
  }

  /** PEM of the certificate to trust. */
  public Path caFile() {
    return pki.file("ca.pem");
  }

  /** What its administrator may do. */
  public KubeApi api() {
    return api;
  }

  /**
   * A client certificate.
   *
   * @param name of its files
   * @param user whom it names
   * @return its PEM file; the key is in {@code NAME-key.pem} beside it
   */
  public Path clientCertificate(String name, String user) {
    pki.issue(name, "CN=" + user);
    return pki.file(name + ".pem");
  }

  /** Ends the API server as a crash would. */
  public void kill() {
    end(server);
  }

  /** Starts what does not run, and waits until it serves. */
  public void restart() {
    if (etcd == null || !etcd.isAlive()) {
      etcd = launch("etcd", etcd());
    }
    if (server == null || !server.isAlive()) {
      server = launch("kube-apiserver", apiServer());
      awaitReady(server);
    }
  }

  @Override
  public void close() {
    end(server);
    end(etcd);
    api.close();
  }

  private static void end(@Nullable Process process) {
    if (process != null) {
      process.destroyForcibly().onExit().join();
    }
  }

  private Process launch(String name, List<String> command) {
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".log").toFile()))
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(name + " does not start", e);
    }
  }

  private List<String> etcd() {
    String url = "http://127.0.0.1:" + etcdPort;
    String peers = "http://127.0.0.1:" + FreePorts.next();
    return List.of(
        "etcd",
        "--data-dir=" + folder.resolve("etcd"),
        "--listen-client-urls=" + url,
        "--advertise-client-urls=" + url,
        "--listen-peer-urls=" + peers,
        "--initial-advertise-peer-urls=" + peers,
        "--initial-cluster=default=" + peers);
  }

  private List<String> apiServer() {
    return List.of(
        KubeApiServerBinary.path().toString(),
        "--etcd-servers=http://127.0.0.1:" + etcdPort,
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--secure-port=" + port,
        "--tls-cert-file=" + pki.file("server.pem"),
        "--tls-private-key-file=" + pki.file("server-key.pem"),
        "--client-ca-file=" + caFile(),
        "--authorization-mode=Node,RBAC",
        "--anonymous-auth=false",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--endpoint-reconciler-type=none",
        "--service-account-issuer=" + ISSUER,
        "--service-account-key-file=" + pki.file("sa.pem"),
        "--service-account-signing-key-file=" + pki.file("sa-key.pem"),
        "--api-audiences=" + ISSUER,
        "--allow-privileged=true");
  }

  // Its answers are the only event it gives; between two looks, its end is waited for a moment.
  private void awaitReady(Process started) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (System.nanoTime() < deadline) {
        if (api.isReady()) {
          return;
        }
        if (started.waitFor(Duration.ofMillis(50))) {
          throw new IllegalStateException("kube-apiserver ended; see its log in " + folder);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while kube-apiserver starts", e);
    }
    throw new IllegalStateException("kube-apiserver is not ready; see its log in " + folder);
  }
}
