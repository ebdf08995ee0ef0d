package dev.strongroom.cli.attest.enrol;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.problem.Require;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The files of an enrolment: request, node to operator; challenge and answer; and what the operator
 * keeps meanwhile. None is a secret that opens anything, but whoever can change the request or the
 * pending file decides what is enrolled.
 */
public sealed interface EnrolmentFile {
  int MAX_BYTES = 64 << 10;

  /** Which file it is, and its version. */
  String format();

  /**
   * What a node says of itself.
   *
   * @param akPublic TPM2B_PUBLIC of its attestation key
   * @param ekCertificate of its endorsement key, as the TPM keeps it
   */
  record Request(String format, Blob akPublic, Blob ekCertificate) implements EnrolmentFile {
    private static final String FORMAT = "strongroom-tpm-enrolment-request/v1";

    public Request {
      requireFormat(format, FORMAT);
      Require.present(akPublic, "akPublic");
      Require.present(ekCertificate, "ekCertificate");
    }

    static Request of(byte[] akPublic, byte[] ekCertificate) {
      return new Request(FORMAT, Blob.of(akPublic), Blob.of(ekCertificate));
    }
  }

  /**
   * A credential for a node to open.
   *
   * @param ak Name of the attestation key, hexadecimal
   * @param credential as tpm2_activatecredential reads it
   */
  record Challenge(String format, String ak, EkKind ek, Blob credential) implements EnrolmentFile {
    private static final String FORMAT = "strongroom-tpm-enrolment-challenge/v1";

    public Challenge {
      requireFormat(format, FORMAT);
      Require.present(ak, "ak");
      Require.present(ek, "ek");
      Require.present(credential, "credential");
    }

    static Challenge of(String ak, EkKind ek, byte[] credential) {
      return new Challenge(FORMAT, ak, ek, Blob.of(credential));
    }
  }

  /**
   * What the operator keeps until the answer comes. The secret of the credential is not in it.
   *
   * @param ak Name of the attestation key, hexadecimal
   * @param device SHA-256 of the endorsement key
   * @param tpm what its certificate says of it
   * @param answer SHA-256 of the right answer
   * @param until seconds since the epoch
   */
  record Pending(
      String format, String ak, Sha256Digest device, String tpm, Sha256Digest answer, long until)
      implements EnrolmentFile {
    static final String FORMAT = "strongroom-tpm-enrolment-pending/v1";

    public Pending {
      requireFormat(format, FORMAT);
      Require.present(ak, "ak");
      Require.present(device, "device");
      Require.present(tpm, "tpm");
      Require.present(answer, "answer");
    }
  }

  /**
   * What a node found in the credential.
   *
   * @param ak Name of the attestation key, hexadecimal
   */
  record Answer(String format, String ak, @JsonProperty("answer") Blob value)
      implements EnrolmentFile {
    private static final String FORMAT = "strongroom-tpm-enrolment-answer/v1";

    public Answer {
      requireFormat(format, FORMAT);
      Require.present(ak, "ak");
      Require.present(value, "answer");
    }

    static Answer of(String ak, byte[] value) {
      return new Answer(FORMAT, ak, Blob.of(value));
    }
  }

  /**
   * Reads one.
   *
   * @throws Problem {@link ProblemCode#INVALID_PATH} when it cannot be read, {@link
   *     ProblemCode#MALFORMED_REQUEST} when it is another file
   */
  static <T extends EnrolmentFile> T read(Path file, Class<T> type) {
    try {
      return CanonicalJson.parse(Files.readAllBytes(file), type, MAX_BYTES);
    } catch (IOException e) {
      throw new Problem(ProblemCode.INVALID_PATH, file + " cannot be read", e);
    } catch (Problem e) {
      throw new Problem(e.code(), file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Writes it, over nothing.
   *
   * @throws Problem {@link ProblemCode#INVALID_PATH} when there is something already
   */
  default void write(Path file) {
    try {
      var _ =
          Files.write(
              file,
              CanonicalJson.writeRecord(this),
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.INVALID_PATH, file + " cannot be written, or is there already", e);
    }
  }

  private static void requireFormat(String found, String wanted) {
    Require.that(wanted.equals(found), "this is no file of the format " + wanted);
  }
}
