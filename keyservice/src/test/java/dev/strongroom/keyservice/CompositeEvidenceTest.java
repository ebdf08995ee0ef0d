package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.attestation.nvidia.NvidiaVerifier;
import dev.strongroom.attestation.snp.SnpVerifier;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.attestation.x509.Revocation;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.KeyBinding;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.testkit.attest.NvidiaGpu;
import dev.strongroom.testkit.attest.SnpGuest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Evidence of a CPU and of GPUs, joined: the report of the CPU covers the digest of the evidence of
 * the GPUs, so that a GPU that is elsewhere cannot lend its evidence to this machine.
 */
@Timeout(120)
class CompositeEvidenceTest {
  private final SnpGuest guest = new SnpGuest();
  private final NvidiaGpu gpu = new NvidiaGpu("48B02D51C9C1070B");
  private final NvidiaGpu elsewhere = new NvidiaGpu("48B02D51C9C1070C");
  @TempDir private Path folder;
  private TestService service;
  private PublishedModel model;

  @BeforeEach
  void start() throws Exception {
    service =
        TestService.start(
            folder,
            List.of(
                new SnpVerifier(
                    new PinnedRoots(List.of(guest.root()), List.of(guest.authority())),
                    Revocation.CHECKED_WHERE_GIVEN,
                    Set.of(0)),
                new NvidiaVerifier(
                    new PinnedRoots(List.of(gpu.root(), elsewhere.root()), List.of()),
                    NvidiaVerifier.rimRoots())));
    model = PublishedModel.publish(service, "acme/attested", "1");
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private static Evidence of(NvidiaGpu gpu, KeyBinding binding) {
    return new Evidence("nvidia-gpu", Blob.of(gpu.evidence(binding.shortNonce().bytes())));
  }

  private Evidence cpu(KeyBinding binding, @Nullable Sha256Digest covered) {
    return new Evidence("sev-snp", Blob.of(guest.evidence(binding.reportData(covered))));
  }

  private HttpResponse<String> ask(Function<KeyBinding, List<Evidence>> collected)
      throws Exception {
    try (TestWorkload workload = new TestWorkload(service, TestService.INFERENCE)) {
      GrantBody body = workload.body(model.target(), workload.nonce().nonce());
      List<Evidence> pieces = collected.apply(body.binding(workload.proofKey().thumbprint()));
      return workload.send(workload.request(body.with(pieces), pieces));
    }
  }

  private void assertRefused(String piece, Function<KeyBinding, List<Evidence>> collected)
      throws Exception {
    HttpResponse<String> answer = ask(collected);
    assertEquals(
        ProblemCode.EVIDENCE_BINDING_MISMATCH.httpStatus(), answer.statusCode(), answer.body());
    assertTrue(answer.body().contains("evidence " + piece + ": binding-mismatch"), answer.body());
  }

  @Test
  void theCpuVouchesForItsGpus() throws Exception {
    for (boolean gpuFirst : new boolean[] {true, false}) {
      HttpResponse<String> answer =
          ask(binding -> {
            Evidence ofGpu = of(gpu, binding);
            Evidence ofCpu = cpu(binding, ofGpu.digest());
            return gpuFirst ? List.of(ofGpu, ofCpu) : List.of(ofCpu, ofGpu);
          });
      assertEquals(200, answer.statusCode(), answer.body());
    }
    assertEquals(
        List.of("nvidia-gpu", "sev-snp"),
        service.log(LogEvent.GrantIssued.class).getFirst().evidenceTypes());
  }

  /** It signs this request's own nonce: only the report of the CPU tells it apart. */
  @Test
  void aGpuElsewhereCannotBeRelayed() throws Exception {
    assertRefused("sev-snp", binding -> List.of(of(elsewhere, binding), cpu(binding, null)));
    assertRefused(
        "sev-snp",
        binding -> List.of(of(elsewhere, binding), cpu(binding, of(gpu, binding).digest())));
  }

  @Test
  void evidenceOfGpusThatTheCpuCoversCannotBeLeftOut() throws Exception {
    assertRefused("sev-snp", binding -> List.of(cpu(binding, of(gpu, binding).digest())));
  }

  @Test
  void evidenceOfGpusOfAnotherRequestIsRefused() throws Exception {
    Evidence[] earlier = new Evidence[1];
    HttpResponse<String> first =
        ask(binding -> {
          earlier[0] = of(gpu, binding);
          return List.of(earlier[0], cpu(binding, earlier[0].digest()));
        });
    assertEquals(200, first.statusCode(), first.body());
    assertRefused("nvidia-gpu", binding -> List.of(earlier[0], cpu(binding, earlier[0].digest())));
  }
}
