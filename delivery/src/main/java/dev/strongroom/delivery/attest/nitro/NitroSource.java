package dev.strongroom.delivery.attest.nitro;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.KeyBinding;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.attest.EvidenceSource;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Documents of an AWS Nitro enclave, with the 64 bytes of the binding as nonce (AWS Nitro Enclaves,
 * "Cryptographic attestation").
 */
public final class NitroSource implements EvidenceSource {
  private final NsmChannel module;

  /** Of the enclave that this process runs in. */
  public NitroSource() {
    this(new NsmDevice());
  }

  NitroSource(NsmChannel module) {
    this.module = module;
  }

  @Override
  public Evidence collect(KeyBinding binding, @Nullable Sha256Digest gpuEvidence) {
    try {
      byte[] request = NsmMessages.attestation(binding.reportData(gpuEvidence));
      return new Evidence("nitro", Blob.of(NsmMessages.document(module.exchange(request))));
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.EVIDENCE_UNAVAILABLE,
          "the Nitro Security Module gives no document: "
              + e.getMessage()
              + "; an enclave of AWS Nitro with "
              + NsmDevice.PATH
              + " and the right to use it is wanted",
          e);
    }
  }
}
