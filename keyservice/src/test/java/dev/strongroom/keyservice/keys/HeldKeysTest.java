package dev.strongroom.keyservice.keys;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KeyRing;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.keyservice.ledger.Fixture;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What proves a KEK, what proves that it is another, and what does neither. */
class HeldKeysTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir private Path folder;
  private final Scripted kek = new Scripted();
  private final KeyRing.Member member =
      new KeyRing.Member(
          "scripted", "scripted", "kek", kek, version -> version.kekId().equals("kek"));
  private Fixture records;
  private HeldKeys held;
  private int rows;

  @BeforeEach
  void open() {
    records = Fixture.open(folder);
    held =
        new HeldKeys(
            new KeyRing(member, List.of()), new WrappedKeyStore(records.store().jdbi()), List::of);
  }

  @AfterEach
  void close() {
    records.close();
  }

  @Test
  void whatIsShutOutAtTheStartIsTriedAgainAndMayBeAnother() {
    insert("1");
    kek.refuse("1", ProblemCode.KEK_UNUSABLE);
    assertDoesNotThrow(held::requireAll, "it may be ours");
    Problem told = refused(ProblemCode.KEK_UNUSABLE);
    assertTrue(String.valueOf(told.getMessage()).contains("cannot be told"), told.getMessage());
    kek.refuse("1", ProblemCode.KEY_UNWRAP_FAILED);
    refused(ProblemCode.KEK_NOT_CONFIGURED);
    assertEquals(
        ProblemCode.KEK_NOT_CONFIGURED, assertThrows(Problem.class, held::requireAll).code());
  }

  @Test
  void whatIsShutOutAtTheStartIsTriedAgainAndMayBeOurs() {
    insert("1");
    kek.refuse("1", ProblemCode.KEK_UNUSABLE);
    refused(ProblemCode.KEK_UNUSABLE);
    kek.refusals.clear();
    held.require(member);
    kek.refuse("1", ProblemCode.KEK_UNUSABLE);
    held.require(member);
  }

  @Test
  void aRefusedVersionDoesNotHideThatAnotherDoesNotOpen() {
    insert("1");
    insert("2");
    kek.refuse("1", ProblemCode.KEK_UNUSABLE);
    kek.refuse("2", ProblemCode.KEY_UNWRAP_FAILED);
    refused(ProblemCode.KEK_NOT_CONFIGURED);
  }

  @Test
  void oneDataKeyThatIsRefusedDoesNotKeepTheNextFromProving() {
    insert("1");
    insert("1");
    kek.refuseOnce(ProblemCode.KEK_UNUSABLE);
    held.require(member);
  }

  @Test
  void aVersionThatIsDisabledOrDamagedBesideOneThatOpensIsSaidWhereItIsUsed() {
    insert("1");
    insert("2");
    insert("3");
    kek.refuse("1", ProblemCode.KEK_UNUSABLE);
    kek.refuse("3", ProblemCode.KEY_UNWRAP_FAILED);
    held.require(member);
  }

  @Test
  void aVersionThatTheKekDoesNotHaveIsSaidUntilItIsThereAgain() {
    insert("1");
    insert("2");
    insert("2");
    kek.refuse("2", ProblemCode.KEK_UNUSABLE);
    kek.versions = Set.of("1");
    assertDoesNotThrow(held::requireAll, "what is under version 1 is granted");
    Problem told = refused(ProblemCode.KEK_UNUSABLE);
    assertTrue(
        String.valueOf(told.getMessage()).startsWith("2 data keys are under version 2 of the KEK"),
        told.getMessage());
    kek.versions = Set.of("1", "2");
    kek.refusals.clear();
    held.require(member);
  }

  @Test
  void aBackendThatDestroysNoVersionsIsNotAskedForThem() {
    insert("1");
    insert("2");
    kek.refuse("2", ProblemCode.KEK_UNUSABLE);
    kek.versions = null;
    held.require(member);
  }

  private Problem refused(ProblemCode code) {
    Problem problem = assertThrows(Problem.class, () -> held.require(member));
    assertEquals(code, problem.code(), problem.getMessage());
    return problem;
  }

  private void insert(String version) {
    String id = DataKeyId.random(RANDOM).value();
    String digest = Sha256Digest.of(id.getBytes(StandardCharsets.UTF_8)).hex();
    ModelVersion target = ModelVersion.parse("acme/chat:" + rows++);
    records
        .store()
        .jdbi()
        .useHandle(on -> {
          on.execute(
              "INSERT INTO versions (model, version, draft, jkt, data_key_id, manifest_digest,"
                  + " envelope, published_at, visible) VALUES (?, ?, ?, '', ?, ?, x'00', 1, 1)",
              target.model().value(),
              target.version().value(),
              "draft-" + id,
              id,
              digest);
          on.execute(
              "INSERT INTO wrapped_keys VALUES (?, ?, 'scripted', 'kek', ?, x'00')",
              id,
              digest,
              version);
        });
  }

  /** Opens everything but what it is told to refuse. */
  private static final class Scripted implements KeyWrapper {
    private final Map<String, ProblemCode> refusals = new HashMap<>();
    private final List<ProblemCode> next = new ArrayList<>();
    private @Nullable Set<String> versions = Set.of("1", "2", "3");

    private void refuse(String version, ProblemCode code) {
      refusals.put(version, code);
    }

    private void refuseOnce(ProblemCode code) {
      next.add(code);
    }

    @Override
    public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
      return new WrappedKey("scripted", "kek", "1", Blob.of(new byte[] {0}));
    }

    @Override
    public SecretBytes unwrap(WrappedKey wrapped, WrapContext context) {
      ProblemCode code = next.isEmpty() ? refusals.get(wrapped.kekVersion()) : next.removeFirst();
      if (code != null) {
        throw new Problem(code, "as the test wants");
      }
      return SecretBytes.random(DATA_KEY_BYTES, RANDOM);
    }

    @Override
    public KekStatus status() {
      return new KekStatus("scripted", "kek", "1", List.of("1"));
    }

    @Override
    public KekStatus rotate() {
      throw new AssertionError("not asked for");
    }

    @Override
    public Optional<String> gone(String version) {
      if (versions == null) {
        throw new Problem(ProblemCode.KEK_ERASE_UNSUPPORTED, "it keeps its versions to itself");
      }
      return versions.contains(version) ? Optional.empty() : Optional.of("nothing");
    }

    @Override
    public void close() {}
  }
}
