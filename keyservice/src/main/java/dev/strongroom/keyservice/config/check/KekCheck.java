package dev.strongroom.keyservice.config.check;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import dev.strongroom.keyservice.kms.KeyBackends;
import dev.strongroom.keyservice.kms.KeyCanary;
import dev.strongroom.keyservice.kms.KeyRight;
import dev.strongroom.keyservice.kms.KeyRight.State;
import dev.strongroom.keyservice.kms.KeyWrapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks the KEK by using it: each thing that the service does with a backend for grants and moves
 * is done once, with a random key of no use, so that a right that is missing shows by name. Changes
 * nothing there. Of the other rights it tells what the backend does.
 */
final class KekCheck {
  private static final String KEK = "kek";
  private static final String FORMER = "formerKeks";

  private final KekConfig config;
  private final String topic;
  private final Rights rights;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * What a backend calls the rights that the service needs.
   *
   * @param look to tell of the KEK
   * @param use to wrap and to unwrap
   * @param move to wrap anew
   */
  private record Rights(String look, String use, String move) {
    static Rights of(KekConfig config) {
      return switch (config) {
        case KekConfig.Tink _ ->
            new Rights(
                "restore the file from its backup, with mode 600",
                "restore the file from its backup, with mode 600",
                "restore the file from its backup, with mode 600");
        case KekConfig.Pkcs11 _ ->
            new Rights(
                "see docs/guide/key-backends/pkcs11.md",
                "let the KEK encrypt and decrypt (an HMAC key: sign) with CKM_AES_GCM"
                    + " (CKM_SHA256_HMAC)",
                "let the newest KEK version encrypt, and every older one decrypt");
        case KekConfig.Awskms aws ->
            new Rights(
                "allow kms:DescribeKey on " + aws.keyArn() + ", or correct keyArn and credentials",
                "allow kms:Encrypt and kms:Decrypt on " + aws.keyArn() + ", and enable the key",
                "allow kms:ReEncryptFrom and kms:ReEncryptTo on "
                    + aws.keyArn()
                    + "; strongroom keys rewrap needs them");
        case KekConfig.Vault vault -> {
          String mount = vault.mount() + "/";
          yield new Rights(
              "allow read on "
                  + mount
                  + "keys/"
                  + vault.key()
                  + ", and make the key as docs/guide/key-backends/vault.md says",
              "allow update on "
                  + mount
                  + "encrypt/"
                  + vault.key()
                  + " and "
                  + mount
                  + "decrypt/"
                  + vault.key(),
              "allow update on "
                  + mount
                  + "rewrap/"
                  + vault.key()
                  + "; strongroom keys rewrap needs it");
        }
      };
    }
  }

  private KekCheck(KekConfig config, String topic) {
    this.config = config;
    this.topic = topic;
    this.rights = Rights.of(config);
  }

  /** Checks the KEK in use and the former ones. */
  static List<Finding> check(KekConfig kek, List<KekConfig> formerKeks) {
    List<Finding> findings = new ArrayList<>(check(kek));
    try {
      KeyBackends.requireDistinct(kek, formerKeks);
    } catch (Problem e) {
      findings.add(
          Finding.error(
              FORMER,
              e.getMessage() + " (" + e.code().wireName() + ")",
              "the service does not start before that is mended"));
    }
    for (KekConfig former : formerKeks) {
      KekCheck check = new KekCheck(former, FORMER);
      check.former();
      findings.addAll(check.findings);
    }
    return findings;
  }

  static List<Finding> check(KekConfig config) {
    KekCheck check = new KekCheck(config, KEK);
    if (config instanceof KekConfig.Tink(Path file) && !OwnerOnlyFile.isPresent(file)) {
      check.findings.add(
          Finding.warning(
              KEK,
              "the KEK file " + file + " is not there",
              "nothing at a first start: it is made then. Otherwise restore it from its backup;"
                  + " the service does not start without it"));
    } else {
      check.live();
    }
    return check.findings;
  }

  private void live() {
    SecureRandom random = new SecureRandom();
    try (KeyWrapper kek = KeyBackends.open(config, random, new SimpleMeterRegistry())) {
      if (attempt("tells of itself", "does not tell of itself", rights.look(), kek::status)) {
        attempt(
            "wraps and unwraps",
            "does not wrap and unwrap",
            rights.use(),
            () -> KeyCanary.send(kek, random));
        attempt(
            "wraps anew under its newest version",
            "does not wrap anew",
            rights.move(),
            () -> KeyCanary.move(kek, random));
        kek.rights().forEach(this::tell);
      }
    } catch (Problem e) {
      findings.add(refused("cannot be opened", e, rights.look()));
    }
  }

  // A former KEK only unwraps. Whether it does cannot be tried where wrapping was taken away.
  private void former() {
    SecureRandom random = new SecureRandom();
    try (KeyWrapper kek = KeyBackends.open(config, random, new SimpleMeterRegistry())) {
      if (attempt("tells of itself", "does not tell of itself", rights.look(), kek::status)) {
        try {
          KeyCanary.send(kek, random);
          findings.add(Finding.ok(topic, subject() + "unwraps"));
        } catch (Problem e) {
          findings.add(
              Finding.warning(
                  topic,
                  subject()
                      + "was not seen to unwrap: "
                      + e.getMessage()
                      + " ("
                      + e.code().wireName()
                      + ")",
                  "it must unwrap what is under it until 'strongroom keys migrate' is done: "
                      + rights.use()));
        }
        // What it needs for one command is asked of the KEK in use alone.
        kek.rights().stream()
            .filter(right -> right.state() == State.HELD || right.state() == State.MISSING)
            .forEach(this::tell);
      }
    } catch (Problem e) {
      findings.add(
          refused(
              "cannot be opened",
              e,
              rights.look()
                  + "; or take it out of formerKeks, where 'strongroom keys status' says that it may"
                  + " be removed"));
    }
  }

  private void tell(KeyRight right) {
    String what = subject() + right.what();
    findings.add(
        switch (right.state()) {
          case HELD -> Finding.ok(topic, what);
          case MISSING -> Finding.error(topic, what + ": no", right.toDo());
          case NOT_HELD -> Finding.ok(topic, what + ": no; " + right.toDo());
          case NOT_KNOWN -> Finding.ok(topic, what + ": not known; " + right.toDo());
        });
  }

  private boolean attempt(String good, String bad, String toDo, Runnable use) {
    try {
      use.run();
      findings.add(Finding.ok(topic, subject() + good));
      return true;
    } catch (Problem e) {
      findings.add(refused(bad, e, toDo));
      return false;
    }
  }

  private Finding refused(String bad, Problem e, String toDo) {
    return Finding.error(
        topic, subject() + bad + ": " + e.getMessage() + " (" + e.code().wireName() + ")", toDo);
  }

  private String subject() {
    return (topic.equals(KEK) ? "the" : "the former")
        + " KEK of the backend "
        + KeyBackends.name(config)
        + " ";
  }
}
