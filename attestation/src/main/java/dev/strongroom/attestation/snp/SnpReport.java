package dev.strongroom.attestation.snp;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.bytes.ByteReader;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An attestation report (56860, ATTESTATION_REPORT), versions 2 to 5, read but not verified. Its
 * fields are in the order of the wire.
 *
 * @param version 2; 3 and 4 with the CPUID; 5 with the mitigations
 * @param guestSvn of the ID block, 0 without one
 * @param familyId of the ID block: 16 bytes that mean something to the owner of the guest
 * @param imageId of the ID block, likewise
 * @param vmpl the level of the guest that asked, 0 to 3; {@link #HOST_REQUESTED} when the host did
 * @param currentTcb what runs; 64 bits whose layout depends on the product: {@link TcbVersion#of}
 * @param reportData what the guest binds, 64 bytes
 * @param measurement of the guest at its launch, 48 bytes
 * @param hostData what the host says about the guest, 32 bytes
 * @param idKeyDigest SHA-384 of the key that signed the ID block; zero without one
 * @param authorKeyDigest SHA-384 of the key that certified that one; zero without one
 * @param reportId of the guest, as long as it lives
 * @param migrationAgentReportId of its migration agent; all ones without one
 * @param reportedTcb what the signing key and its certificate stand for
 * @param cpu null in version 2
 * @param chipId 64 bytes, Turin uses the first 8; zero when the platform masks it (MASK_CHIP_ID)
 * @param committedTcb what the platform can no longer be rolled back below
 * @param launchTcb what ran when the guest was launched or came here
 * @param mitigations null before version 5
 * @param signed the bytes under the signature
 * @param signature R and S, big endian, 48 bytes each
 */
public record SnpReport(
    int version,
    long guestSvn,
    GuestPolicy policy,
    Bytes familyId,
    Bytes imageId,
    long vmpl,
    long currentTcb,
    PlatformInfo platform,
    KeyInfo keys,
    Bytes reportData,
    Bytes measurement,
    Bytes hostData,
    Bytes idKeyDigest,
    Bytes authorKeyDigest,
    Bytes reportId,
    Bytes migrationAgentReportId,
    long reportedTcb,
    @Nullable Cpu cpu,
    Bytes chipId,
    long committedTcb,
    FirmwareVersion currentFirmware,
    FirmwareVersion committedFirmware,
    long launchTcb,
    @Nullable Mitigations mitigations,
    Bytes signed,
    Bytes signature) {
  /** All there is, in bytes: a report has neither padding before it nor behind it. */
  public static final int SIZE = 0x4a0;

  /** The VMPL of a report that the host asked for: no guest bound anything in it. */
  public static final long HOST_REQUESTED = 0xffff_ffffL;

  private static final int SIGNED_SIZE = 0x2a0;
  private static final int SIGNED_RESERVED_SIZE = SIGNED_SIZE - 0x1f8;
  private static final int MITIGATIONS_SIZE = 16;
  private static final int NUMBER_FIELD_SIZE = 72;
  private static final int NUMBER_SIZE = 48;
  private static final int SIGNATURE_RESERVED_SIZE = 512 - 2 * NUMBER_FIELD_SIZE;
  private static final int ECDSA_P384_SHA384 = 1;

  /**
   * As CPUID function 1 has it; family and model with their extended parts.
   *
   * @param stepping as it is
   */
  public record Cpu(int family, int model, int stepping) {}

  /** The version of the SNP firmware. */
  public record FirmwareVersion(int major, int minor, int build)
      implements Comparable<FirmwareVersion> {
    @Override
    public int compareTo(FirmwareVersion other) {
      return Integer.compare(number(), other.number());
    }

    private int number() {
      return major << 16 | minor << 8 | build;
    }

    @Override
    public String toString() {
      return major + "." + minor + "." + build;
    }
  }

  /**
   * Mitigations of vulnerabilities that were on, one bit each, in AMD's numbering.
   *
   * @param launch when the guest was launched
   * @param current now
   */
  public record Mitigations(long launch, long current) {}

  /**
   * Reads.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_TRUNCATED}, {@link
   *     AttestationCode#EVIDENCE_TRAILING_BYTES}, {@link AttestationCode#VERSION_UNKNOWN}, {@link
   *     AttestationCode#ALGORITHM_UNKNOWN}, {@link AttestationCode#SIGNATURE_INVALID} when the
   *     report says that it is not signed, or {@link AttestationCode#EVIDENCE_MALFORMED} when
   *     something is not zero that must be
   */
  public static SnpReport parse(byte[] evidence) {
    byte[] bytes = evidence.clone(); // what is verified must be what was read
    ByteReader reader = ByteReader.littleEndian(bytes, "report");
    int version = version(reader);
    ByteReader whole = reader.part(SIZE - 4, "report");
    reader.end();
    SnpReport report = read(whole, version, Bytes.of(Arrays.copyOf(bytes, SIGNED_SIZE)));
    if (!report.keys.authorKeyPresent() && !report.authorKeyDigest.isZero()) {
      throw malformed("the report has the digest of an author key, and says that there is none");
    }
    return report;
  }

  // Arguments are evaluated in their order, which is that of the wire.
  private static SnpReport read(ByteReader reader, int version, Bytes signed) {
    return new SnpReport(
        version,
        reader.u32("GUEST_SVN"),
        new GuestPolicy(reader.u64("POLICY")),
        reader.bytes(16, "FAMILY_ID"),
        reader.bytes(16, "IMAGE_ID"),
        vmplBeforeAlgorithm(reader),
        reader.u64("CURRENT_TCB"),
        new PlatformInfo(reader.u64("PLATFORM_INFO")),
        keys(reader),
        reader.bytes(64, "REPORT_DATA"),
        reader.bytes(48, "MEASUREMENT"),
        reader.bytes(32, "HOST_DATA"),
        reader.bytes(48, "ID_KEY_DIGEST"),
        reader.bytes(48, "AUTHOR_KEY_DIGEST"),
        reader.bytes(32, "REPORT_ID"),
        reader.bytes(32, "REPORT_ID_MA"),
        reader.u64("REPORTED_TCB"),
        cpu(reader, version),
        reader.bytes(64, "CHIP_ID"),
        reader.u64("COMMITTED_TCB"),
        firmware(reader, "CURRENT_VERSION"),
        firmware(reader, "COMMITTED_VERSION"),
        reader.u64("LAUNCH_TCB"),
        mitigations(reader, version),
        signed,
        signature(reader));
  }

  private static int version(ByteReader reader) {
    long version = reader.u32("VERSION");
    if (version < 2 || version > 5) {
      throw new AttestationException(
          AttestationCode.VERSION_UNKNOWN,
          "a report of version " + version + " is not known here: 2 to 5 are");
    }
    return (int) version;
  }

  private static long vmplBeforeAlgorithm(ByteReader reader) {
    long vmpl = reader.u32("VMPL");
    long algorithm = reader.u32("SIGNATURE_ALGO");
    if (algorithm != ECDSA_P384_SHA384) {
      throw new AttestationException(
          AttestationCode.ALGORITHM_UNKNOWN,
          "the report's signature algorithm "
              + algorithm
              + " is not known here: 1, ECDSA on P-384 with SHA-384, is");
    }
    if (vmpl > 3 && vmpl != HOST_REQUESTED) {
      throw malformed("the report is of VMPL " + vmpl + ", which no guest has");
    }
    return vmpl;
  }

  private static KeyInfo keys(ByteReader reader) {
    KeyInfo keys = KeyInfo.of(reader.u32("key flags"));
    requireZeros(reader, 4, "after its key flags");
    return keys;
  }

  private static @Nullable Cpu cpu(ByteReader reader, int version) {
    if (version < 3) {
      requireZeros(reader, 24, "before CHIP_ID");
      return null;
    }
    Cpu cpu =
        new Cpu(reader.u8("CPUID_FAM_ID"), reader.u8("CPUID_MOD_ID"), reader.u8("CPUID_STEP"));
    requireZeros(reader, 21, "before CHIP_ID");
    return cpu;
  }

  private static FirmwareVersion firmware(ByteReader reader, String field) {
    int build = reader.u8(field);
    int minor = reader.u8(field);
    int major = reader.u8(field);
    requireZeros(reader, 1, "after " + field);
    return new FirmwareVersion(major, minor, build);
  }

  private static @Nullable Mitigations mitigations(ByteReader reader, int version) {
    if (version < 5) {
      requireZeros(reader, SIGNED_RESERVED_SIZE, "after LAUNCH_TCB");
      return null;
    }
    Mitigations mitigations =
        new Mitigations(reader.u64("LAUNCH_MIT_VECTOR"), reader.u64("CURRENT_MIT_VECTOR"));
    requireZeros(reader, SIGNED_RESERVED_SIZE - MITIGATIONS_SIZE, "after CURRENT_MIT_VECTOR");
    return mitigations;
  }

  private static Bytes signature(ByteReader reader) {
    byte[] signature = new byte[2 * NUMBER_SIZE];
    number(reader, "R", signature, 0);
    number(reader, "S", signature, NUMBER_SIZE);
    requireZeros(reader, SIGNATURE_RESERVED_SIZE, "after the signature");
    return Bytes.of(signature);
  }

  private static void number(ByteReader reader, String name, byte[] bigEndian, int offset) {
    byte[] number = reader.array(NUMBER_SIZE, name);
    for (int i = 0; i < NUMBER_SIZE; i++) {
      bigEndian[offset + i] = number[NUMBER_SIZE - 1 - i];
    }
    requireZeros(reader, NUMBER_FIELD_SIZE - NUMBER_SIZE, "above " + name + " of its signature");
  }

  private static void requireZeros(ByteReader reader, int count, String where) {
    if (!reader.bytes(count, "reserved field").isZero()) {
      throw malformed("the report has something in the reserved field " + where);
    }
  }

  private static AttestationException malformed(String message) {
    return new AttestationException(AttestationCode.EVIDENCE_MALFORMED, message);
  }
}
