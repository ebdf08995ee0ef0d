package dev.strongroom.delivery.attest.nvidia;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.KeyBinding;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.attest.EvidenceSource;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Reports of all NVIDIA GPUs that this process sees, each over the 32 bytes of the binding, as the
 * list of NVIDIA's attestation SDK ({@code docs/spec/evidence.md}, section NVIDIA). Evidence of the
 * CPU covers the digest of this list; without it nothing says that the GPUs are in this machine.
 * Switches have another library and are not asked.
 */
public final class NvidiaSource implements EvidenceSource {
  private static final int MAX_DEVICES = 32;

  private final String library;

  /** Through the library of the driver that is installed. */
  public NvidiaSource() {
    this(Nvml.LIBRARY);
  }

  NvidiaSource(String library) {
    this.library = library;
  }

  @Override
  public Evidence collect(KeyBinding binding, @Nullable Sha256Digest gpuEvidence) {
    try (Nvml nvml = new Nvml(library)) {
      return new Evidence("nvidia-gpu", Blob.of(reports(nvml, binding.shortNonce().bytes())));
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.EVIDENCE_UNAVAILABLE,
          "the NVIDIA driver gives no report: "
              + e.getMessage()
              + "; GPUs in confidential mode and the driver's libraries in the container are wanted",
          e);
    }
  }

  private static byte[] reports(Nvml nvml, byte[] nonce) throws IOException {
    int count = nvml.count();
    if (count < 1 || count > MAX_DEVICES) {
      throw new IOException("there are " + count + " GPUs; 1 to " + MAX_DEVICES + " can be told");
    }
    ArrayNode list = StrictJson.mapper().createArrayNode();
    Base64.Encoder base64 = Base64.getEncoder();
    for (int index = 0; index < count; index++) {
      MemorySegment device = nvml.device(index);
      list.addObject()
          .put("arch", name(nvml.architecture(device)))
          .put("nonce", HexFormat.of().formatHex(nonce))
          .put("evidence", base64.encodeToString(nvml.report(device, nonce)))
          .put("certificate", base64.encodeToString(nvml.attestationChain(device)));
    }
    return CanonicalJson.write(list);
  }

  private static String name(int architecture) throws IOException {
    return switch (architecture) {
      case 9 -> "HOPPER";
      case 10 -> "BLACKWELL";
      default ->
          throw new IOException(
              "a GPU is of the architecture " + architecture + ", which has no reports");
    };
  }
}
