package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/** All cases of transparency-dev/merkle: each declares whether it must be refused. */
class MerkleVectorsTest {
  private static final Path VECTORS = TestVectors.folder("merkle");
  private static final int CASES = 518;

  private static List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(VECTORS)) {
      return all.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  @Test
  void noCaseIsMissing() throws IOException {
    assertEquals(CASES, files().size());
  }

  @TestFactory
  List<DynamicTest> cases() throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    List<DynamicTest> tests = new ArrayList<>();
    for (Path file : files()) {
      JsonNode vector = mapper.readTree(file.toFile());
      String kind = VECTORS.relativize(file).getName(0).toString();
      Executable test =
          vector.get("wantErr").asBoolean() ? refused(kind, vector) : verified(kind, vector);
      tests.add(DynamicTest.dynamicTest(VECTORS.relativize(file).toString(), test));
    }
    return tests;
  }

  private static Executable verified(String kind, JsonNode vector) {
    return () -> assertDoesNotThrow(verification(kind, vector, MerkleVectorsTest::hashOrStandIn));
  }

  /** By the verification; or, where a hash has another length, already by its type. */
  private static Executable refused(String kind, JsonNode vector) {
    return () -> {
      RuntimeException refusal =
          assertThrows(RuntimeException.class, verification(kind, vector, MerkleVectorsTest::hash));
      boolean byType = refusal instanceof IllegalArgumentException && hasOddHash(vector);
      assertTrue(refusal instanceof AuditLogException || byType, refusal::toString);
    };
  }

  private static Executable verification(String kind, JsonNode v, Function<JsonNode, Hash> hash) {
    return switch (kind) {
      case "inclusion" ->
          () ->
              MerkleProofs.verifyInclusion(
                  number(v, "leafIdx"),
                  number(v, "treeSize"),
                  hash.apply(v.get("leafHash")),
                  proof(v, hash),
                  hash.apply(v.get("root")));
      case "subtreeinclusion" ->
          () ->
              MerkleProofs.verifySubtreeInclusion(
                  number(v, "leafIdx"),
                  number(v, "start"),
                  number(v, "end"),
                  hash.apply(v.get("leafHash")),
                  proof(v, hash),
                  hash.apply(v.get("root")));
      case "consistency" ->
          () ->
              MerkleProofs.verifyConsistency(
                  number(v, "size1"),
                  hash.apply(v.get("root1")),
                  number(v, "size2"),
                  hash.apply(v.get("root2")),
                  proof(v, hash));
      case "subtreeconsistency" ->
          () ->
              MerkleProofs.verifySubtreeConsistency(
                  number(v, "start"),
                  number(v, "end"),
                  number(v, "size"),
                  hash.apply(v.get("root1")),
                  hash.apply(v.get("root2")),
                  proof(v, hash));
      default -> throw new IllegalArgumentException("unknown kind of vector: " + kind);
    };
  }

  /** Unsigned 64-bit: what lies beyond the range of long becomes negative. */
  private static long number(JsonNode vector, String name) {
    return vector.get(name).bigIntegerValue().longValue();
  }

  private static List<Hash> proof(JsonNode vector, Function<JsonNode, Hash> hash) {
    List<Hash> proof = new ArrayList<>();
    vector.get("proof").forEach(element -> proof.add(hash.apply(element)));
    return proof;
  }

  private static byte[] bytes(JsonNode text) {
    return text.isNull() ? new byte[0] : Base64.getDecoder().decode(text.asText());
  }

  private static Hash hash(JsonNode text) {
    return Hash.of(bytes(text));
  }

  private static boolean hasOddHash(JsonNode vector) {
    List<JsonNode> texts = new ArrayList<>();
    vector.get("proof").forEach(texts::add);
    for (String name : List.of("leafHash", "root", "root1", "root2")) {
      if (vector.has(name)) {
        texts.add(vector.get(name));
      }
    }
    return texts.stream().anyMatch(text -> bytes(text).length != Hash.BYTES);
  }

  /**
   * The vectors put bytes of another length where any value serves ("don't care"). Our hashes
   * cannot have another length, so a stand-in takes their place.
   */
  private static Hash hashOrStandIn(JsonNode text) {
    byte[] bytes = bytes(text);
    return bytes.length == Hash.BYTES ? Hash.of(bytes) : Hash.of(TreeHasher.sha256().digest(bytes));
  }
}
