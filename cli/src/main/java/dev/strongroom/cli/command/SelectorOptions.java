package dev.strongroom.cli.command;

import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.grant.TcbFloor;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Problem;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Whom a command means: what is given must all match. */
final class SelectorOptions {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(names = "--lease", paramLabel = "ID", description = "One lease, and its pod.")
  private @Nullable String lease;

  @Option(
      names = {"--workload", "--subject"},
      paramLabel = "ISSUER|SUBJECT",
      description = {
        "One workload, by its token or (spiffe://TD|spiffe://TD/PATH) by its certificate."
      })
  private @Nullable String subject;

  @Option(names = "--pod", paramLabel = "UID", description = "One pod.")
  private @Nullable String pod;

  @Option(names = "--proof-key", paramLabel = "JKT", description = "One proof key's thumbprint.")
  private @Nullable String proofKey;

  @Option(
      names = "--model",
      paramLabel = "ORG/NAME[:VERSION]",
      description = "A model, or one version of it.")
  private @Nullable String model;

  @Option(names = "--version", paramLabel = "VERSION", description = "Of --model, this one.")
  private @Nullable String modelVersion;

  @Option(
      names = "--chip",
      paramLabel = "ID",
      description = {
        "Hardware, as evidence claims it: chip_id of SEV-SNP; ppid, platform_instance_id or fmspc of",
        "TDX; device or ak_name of a TPM; device_id of NVIDIA; instance of Nitro."
      })
  private @Nullable String chip;

  @Option(
      names = "--tcb-below",
      paramLabel = "TYPE:PART=N[,...]",
      description = {
        "Whose security versions are below in any part: sev-snp:product=Milan,microcode=115,",
        "tdx:tcb_date=2024-03-13, nvidia-gpu:driver_version=550.90.07."
      })
  private @Nullable String tcbBelow;

  @Option(
      names = "--measurement",
      paramLabel = "HEX",
      description = "Launch measurement, MRTD, RTMR or PCR.")
  private @Nullable String measurement;

  @Option(
      names = "--evidence",
      paramLabel = "TYPE",
      description = "Whose grant rests on evidence of this type.")
  private @Nullable String evidence;

  @Option(
      names = "--image",
      paramLabel = "DIGEST",
      description = "An image of the pod: sha256:HEX, with or without its name and '@'.")
  private @Nullable String image;

  @Option(names = "--node", paramLabel = "NAME", description = "The node of the pod.")
  private @Nullable String node;

  /**
   * What was given; null where nothing was.
   *
   * @throws ParameterException when nobody could have a value that was given
   */
  @Nullable RevocationSelector selector() {
    if (modelVersion != null && (model == null || model.contains(":"))) {
      throw misuse("A version needs its --model, and is named once.");
    }
    boolean any =
        Stream.of(
                    lease,
                    subject,
                    pod,
                    proofKey,
                    model,
                    chip,
                    tcbBelow,
                    measurement,
                    evidence,
                    image)
                .anyMatch(option -> option != null)
            || node != null;
    return any ? read() : null;
  }

  private RevocationSelector read() {
    try {
      return new RevocationSelector(
          optional(lease, LeaseId::new),
          subject,
          pod,
          proofKey,
          optional(model, SelectorOptions::modelOf),
          optional(version(), VersionId::new),
          optional(chip, SelectorOptions::lower),
          optional(measurement, SelectorOptions::lower),
          optional(tcbBelow, TcbFloor::parse),
          evidence,
          optional(image, SelectorOptions::digestOf),
          node);
    } catch (Problem e) {
      throw misuse(String.valueOf(e.getMessage()));
    }
  }

  private static ModelName modelOf(String text) {
    int colon = text.indexOf(':');
    return new ModelName(colon < 0 ? text : text.substring(0, colon));
  }

  private @Nullable String version() {
    return model != null && model.contains(":")
        ? model.substring(model.indexOf(':') + 1)
        : modelVersion;
  }

  // Tools of vendors write hexadecimal either way; evidence claims it in one.
  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private static String digestOf(String text) {
    return text.substring(text.lastIndexOf('@') + 1);
  }

  private static <T> @Nullable T optional(@Nullable String value, Function<String, T> reader) {
    return value == null ? null : reader.apply(value);
  }

  private ParameterException misuse(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
