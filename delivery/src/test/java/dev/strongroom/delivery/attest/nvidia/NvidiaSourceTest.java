package dev.strongroom.delivery.attest.nvidia;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.nvidia.NvidiaDevice;
import dev.strongroom.attestation.nvidia.NvidiaVerifier;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.KeyBinding;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.attest.Bindings;
import dev.strongroom.delivery.attest.CLibrary;
import dev.strongroom.testkit.attest.NvidiaGpu;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** NVIDIA's library, played by one in C that is compiled here, with two GPUs of the test's own. */
class NvidiaSourceTest {
  private static final KeyBinding BINDING = Bindings.of("nonce");

  @TempDir private Path folder;
  private final List<NvidiaGpu> gpus =
      List.of(new NvidiaGpu("48B02D51C9C1070B"), new NvidiaGpu("48B02D51C9C1070C"));

  @BeforeEach
  void layOut() throws IOException {
    CLibrary.assumeCompiler();
    for (int i = 0; i < gpus.size(); i++) {
      var _ =
          Files.write(
              folder.resolve("report" + i), gpus.get(i).report(BINDING.shortNonce().bytes()));
      var _ = Files.write(folder.resolve("chain" + i), gpus.get(i).chain());
    }
  }

  private Path library(String... options) {
    String[] all = java.util.Arrays.copyOf(options, options.length + 1);
    all[options.length] = "-DFOLDER=\"" + folder + "\"";
    return CLibrary.compile("fake-nvml", folder, all);
  }

  private static Evidence collect(Path library, KeyBinding binding) {
    return new NvidiaSource(library.toString()).collect(binding, null);
  }

  @Test
  void eachGpuBindsTheRequest() throws Throwable {
    Path library = library();
    Evidence evidence = collect(library, BINDING);
    assertEquals("nvidia-gpu", evidence.type());
    NvidiaVerifier verifier =
        new NvidiaVerifier(
            new PinnedRoots(gpus.stream().map(NvidiaGpu::root).toList(), List.of()),
            NvidiaVerifier.rimRoots());
    List<NvidiaDevice> devices =
        verifier
            .verify(
                evidence.data().bytes(),
                new Verification(
                    Endorsements.NONE, Bytes.of(BINDING.shortNonce().bytes()), Instant.now()))
            .devices();
    assertEquals(
        List.of("48b02d51c9c1070b", "48b02d51c9c1070c"),
        devices.stream().map(NvidiaDevice::deviceId).toList());
    assertEquals(0, running(library), "the library is shut down");
  }

  private static int running(Path library) throws Throwable {
    try (Arena arena = Arena.ofConfined()) {
      return (int)
          Linker.nativeLinker()
              .downcallHandle(
                  SymbolLookup.libraryLookup(library, arena).findOrThrow("is_running"),
                  FunctionDescriptor.of(ValueLayout.JAVA_INT))
              .invokeExact();
    }
  }

  private static void assertUnavailable(String why, Path library, KeyBinding binding) {
    Problem refused = assertThrows(Problem.class, () -> collect(library, binding));
    assertEquals(ProblemCode.EVIDENCE_UNAVAILABLE, refused.code());
    assertTrue(String.valueOf(refused.getMessage()).contains(why), refused::getMessage);
  }

  @Test
  void whatTheLibraryDoesNotGiveIsTold() throws IOException {
    assertUnavailable("cannot be loaded", folder.resolve("absent.so"), BINDING);
    assertUnavailable("too old", library("-DTOO_OLD"), BINDING);
  }

  @Test
  void anotherNonceIsTheDevicesToRefuse() {
    assertUnavailable(
        "nvmlDeviceGetConfComputeGpuAttestationReport ends with 2",
        library(),
        Bindings.of("another"));
  }

  @Test
  void aGpuWithoutConfidentialModeIsTold() throws IOException {
    Files.delete(folder.resolve("report1"));
    assertUnavailable("not in confidential mode", library(), BINDING);
  }

  @Test
  void aMachineWithoutGpusOrOfAnotherKindIsTold() {
    assertUnavailable("there are 0 GPUs", library("-DGPUS=0"), BINDING);
  }

  @Test
  void anArchitectureWithoutReportsIsTold() {
    assertUnavailable("architecture 7", library("-DARCHITECTURE=7"), BINDING);
  }

  @Test
  void aChainThatIsNotThereIsTold() throws IOException {
    Files.delete(folder.resolve("chain0"));
    assertUnavailable("'attestationChain' has 0 bytes", library(), BINDING);
  }
}
