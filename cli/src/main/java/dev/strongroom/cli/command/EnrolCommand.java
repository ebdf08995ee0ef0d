package dev.strongroom.cli.command;

import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.tpm.EnrolledKey;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.attest.EvidenceFiles;
import dev.strongroom.cli.attest.enrol.EnrolmentFile;
import dev.strongroom.cli.attest.enrol.NodeTpm;
import dev.strongroom.cli.attest.enrol.Registrar;
import dev.strongroom.cli.output.Output;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.attest.tpm.TpmSettings;
import dev.strongroom.keyservice.evidence.EnrolledKeysFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Enrolment of a TPM's attestation key. */
@Command(
    name = "enrol",
    header = "Enrol the attestation key of a TPM, so that the key service believes its quotes.",
    description = {
      "The TPM opens a credential that was made for its endorsement key, whose certificate leads to",
      "a root of its maker, and for the attestation key (TPM2_ActivateCredential). Where the file of",
      "enrolled keys is on the node itself, this command does it all; elsewhere carry files: request",
      "(node), challenge (operator), answer (node), accept (operator). Nothing in them is secret.",
      "The node needs tpm2-tools and the right to use its TPM. The attestation key stays in the TPM."
    },
    footer = {
      "Examples:",
      "  strongroom attest enrol --ek-root maker.pem --enrolled-keys enrolled-keys",
      "  strongroom attest enrol request --out request.json",
      "  strongroom attest enrol challenge --request request.json --ek-root maker.pem \\",
      "      --out challenge.json --pending pending.json",
      "  strongroom attest enrol answer --challenge challenge.json --out answer.json",
      "  strongroom attest enrol accept --pending pending.json --answer answer.json \\",
      "      --enrolled-keys enrolled-keys"
    })
public final class EnrolCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private OfTpm tpm = new OfTpm();

  @Mixin private OfMakers makers = new OfMakers();

  @Option(
      names = "--enrolled-keys",
      paramLabel = "FILE",
      description = "the key service's attestation.tpm.enrolledKeys; made when it is not there")
  private @Nullable Path enrolledKeys;

  /** Where the TPM is, and which key of it. */
  static final class OfTpm {
    @Option(
        names = "--tcti",
        paramLabel = "TCTI",
        defaultValue = TpmSettings.TCTI,
        description = "the way to the TPM, as tpm2-tools write it: ${DEFAULT-VALUE}")
    private String tcti = TpmSettings.TCTI;

    @Option(
        names = "--ak",
        paramLabel = "HANDLE",
        defaultValue = TpmSettings.AK,
        description = "where the attestation key is kept, or made: ${DEFAULT-VALUE}")
    private String ak = TpmSettings.AK;

    NodeTpm open() {
      return new NodeTpm(tcti, ak);
    }
  }

  /** Whose TPMs are taken. */
  static final class OfMakers {
    @Option(
        names = "--ek-root",
        arity = "1..*",
        paramLabel = "FILE",
        description = "roots of the makers of TPMs, PEM or DER")
    private @Nullable List<Path> roots;

    @Option(
        names = "--endorsement",
        arity = "1..*",
        paramLabel = "FILE_OR_DIR",
        description = "intermediates and revocation lists of the makers")
    private @Nullable List<Path> endorsements;

    @Option(
        names = "--device",
        paramLabel = "HEX",
        description = "SHA-256 of the endorsement key that is expected; another is refused")
    private @Nullable String device;

    Registrar registrar(CommandSpec spec) {
      if (roots == null) {
        throw new ParameterException(
            spec.commandLine(), "Name the roots of the TPM's maker with --ek-root.");
      }
      return new Registrar(
          new PinnedRoots(EvidenceFiles.endorsements(roots).certificates(), List.of()),
          endorsements == null ? Endorsements.NONE : EvidenceFiles.endorsements(endorsements));
    }

    @Nullable Bytes device(CommandSpec spec) {
      try {
        return device == null ? null : Bytes.ofHex(device);
      } catch (IllegalArgumentException e) {
        throw new ParameterException(spec.commandLine(), "--device is hexadecimal.", e);
      }
    }
  }

  @Override
  public void run() {
    if (enrolledKeys == null) {
      throw new ParameterException(
          spec.commandLine(),
          "Name --ek-root and --enrolled-keys, or one of request, challenge, answer, accept.");
    }
    Registrar registrar = makers.registrar(spec);
    try (NodeTpm node = tpm.open()) {
      Registrar.Asked asked =
          registrar.ask(node.request(certificate(null)), makers.device(spec), now());
      accept(asked.pending(), node.answer(asked.challenge()), enrolledKeys);
    }
  }

  @Command(
      name = "request",
      header = "On the node: make the attestation key, and write down what is to be enrolled.",
      footer = {
        "Example:",
        "  strongroom attest enrol request --out request.json",
        "Compare the device that it prints with the one that challenge prints."
      })
  void request(
      @Mixin OfTpm node,
      @Option(
              names = "--ek-certificate",
              paramLabel = "FILE",
              description = "of the endorsement key, where the TPM does not keep it itself")
          @Nullable Path ekCertificate,
      @Option(names = "--out", required = true, paramLabel = "FILE", description = "the request")
          Path out) {
    try (NodeTpm opened = node.open()) {
      EnrolmentFile.Request request = opened.request(certificate(ekCertificate));
      request.write(out);
      tell("request", NodeTpm.names(request), "The request is in " + out + ".");
    }
  }

  @Command(
      name = "challenge",
      header = "At the operator's: verify a request, and make the credential for it.",
      footer = {
        "Example:",
        "  strongroom attest enrol challenge --request request.json --ek-root maker.pem \\",
        "      --out challenge.json --pending pending.json"
      })
  void challenge(
      @Mixin OfMakers from,
      @Option(
              names = "--request",
              required = true,
              paramLabel = "FILE",
              description = "of the node")
          Path request,
      @Option(
              names = "--out",
              required = true,
              paramLabel = "FILE",
              description = "the challenge, for the node")
          Path out,
      @Option(
              names = "--pending",
              required = true,
              paramLabel = "FILE",
              description =
                  "what accept needs, to be kept here: who changes it decides what is"
                      + " enrolled")
          Path pending) {
    Registrar.Asked asked =
        from.registrar(spec)
            .ask(
                EnrolmentFile.read(request, EnrolmentFile.Request.class), from.device(spec), now());
    asked.pending().write(pending);
    asked.challenge().write(out);
    tell(
        "challenge",
        names(asked.pending()),
        "Carry " + out + " to the node; its answer is taken for a day.");
  }

  @Command(
      name = "answer",
      header = "On the node: open the credential with the TPM.",
      footer = {
        "Example:",
        "  strongroom attest enrol answer --challenge challenge.json --out answer.json"
      })
  void answer(
      @Mixin OfTpm node,
      @Option(
              names = "--challenge",
              required = true,
              paramLabel = "FILE",
              description = "of the operator")
          Path challenge,
      @Option(names = "--out", required = true, paramLabel = "FILE", description = "the answer")
          Path out) {
    try (NodeTpm opened = node.open()) {
      EnrolmentFile.Answer answer =
          opened.answer(EnrolmentFile.read(challenge, EnrolmentFile.Challenge.class));
      answer.write(out);
      tell("answer", Map.of("ak", answer.ak()), "The TPM opened it. Carry " + out + " back.");
    }
  }

  @Command(
      name = "accept",
      header = "At the operator's: judge the answer, and enrol the key.",
      footer = {
        "Example:",
        "  strongroom attest enrol accept --pending pending.json --answer answer.json \\",
        "      --enrolled-keys enrolled-keys"
      })
  void accept(
      @Option(names = "--pending", required = true, paramLabel = "FILE", description = "kept here")
          Path pending,
      @Option(names = "--answer", required = true, paramLabel = "FILE", description = "of the node")
          Path answer,
      @Option(
              names = "--enrolled-keys",
              required = true,
              paramLabel = "FILE",
              description = "the key service's attestation.tpm.enrolledKeys")
          Path keys)
      throws IOException {
    accept(
        EnrolmentFile.read(pending, EnrolmentFile.Pending.class),
        EnrolmentFile.read(answer, EnrolmentFile.Answer.class),
        keys);
    Files.delete(pending);
  }

  private void accept(EnrolmentFile.Pending pending, EnrolmentFile.Answer answer, Path keys) {
    EnrolledKey key = Registrar.accept(pending, answer, now());
    boolean added =
        EnrolledKeysFile.add(
            keys, key, now().atOffset(ZoneOffset.UTC).toLocalDate() + " " + pending.tpm());
    tell(
        "enrolled",
        names(pending),
        added
            ? "Enrolled in " + keys + "; the key service sees it with the next request."
            : "It is enrolled in " + keys + " already.");
  }

  private static Map<String, String> names(EnrolmentFile.Pending pending) {
    Map<String, String> names = new LinkedHashMap<>();
    names.put("ak", pending.ak());
    names.put("device", pending.device().hex());
    names.put("tpm", pending.tpm());
    return names;
  }

  private void tell(String step, Map<String, String> names, String told) {
    Output output = Strongroom.above(spec).output();
    Map<String, String> all = new LinkedHashMap<>(names);
    all.put("step", step);
    output.json(all);
    names.forEach((name, value) -> output.line("%-8s%s".formatted(name, value)));
    output.line(told);
  }

  private static byte @Nullable [] certificate(@Nullable Path file) {
    try {
      return file == null ? null : Files.readAllBytes(file);
    } catch (IOException e) {
      throw new Problem(ProblemCode.INVALID_PATH, file + " cannot be read", e);
    }
  }

  private Instant now() {
    return Strongroom.above(spec).environment().clock().instant();
  }
}
