package dev.strongroom.core.manifest.oms;

import static dev.strongroom.core.manifest.oms.ModelSignatureVerifier.invalid;
import static dev.strongroom.core.manifest.oms.ModelSignatureVerifier.member;
import static dev.strongroom.core.manifest.oms.ModelSignatureVerifier.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The statement inside a bundle whose signature has verified: in-toto Statement 1 with the
 * predicate of OpenSSF Model Signing 1.0.
 *
 * <p>The digests are concatenated in the order of the bundle: the reference implementation sorts
 * otherwise than the specification says, and the signature covers the order.
 */
record SignedStatement(
    Sha256Digest rootDigest, Map<WeightPath, Sha256Digest> resources, List<String> ignored) {
  private static final String STATEMENT = "https://in-toto.io/Statement/v1";
  private static final String PREDICATE = "https://model_signing/signature/v1.0";

  /** What the specification leaves out of every signature, at the top of the model only. */
  private static final List<String> ALWAYS_IGNORED =
      List.of(".git", ".gitignore", ".gitattributes", ".github");

  static SignedStatement of(JsonNode statement) {
    if (!text(statement, "_type").equals(STATEMENT)
        || !text(statement, "predicateType").equals(PREDICATE)) {
      throw invalid("the signed statement is not about a model (" + PREDICATE + ")");
    }
    JsonNode subjects = member(statement, "subject");
    if (!subjects.isArray() || subjects.size() != 1) {
      throw invalid("the statement has not one subject");
    }
    Sha256Digest root = digest(text(member(member(subjects, 0), "digest"), "sha256"));
    JsonNode predicate = member(statement, "predicate");
    JsonNode serialization = member(predicate, "serialization");
    checkSerialization(serialization);
    return new SignedStatement(
        root, resources(member(predicate, "resources")), ignored(serialization));
  }

  private static void checkSerialization(JsonNode serialization) {
    if (!text(serialization, "method").equals("files")
        || !text(serialization, "hash_type").equals("sha256")) {
      throw new Problem(
          ProblemCode.UNSUPPORTED_ALGORITHM,
          "the model was signed by shards or with another hash than SHA-256;"
              + " sign it by whole files with SHA-256");
    }
  }

  private static Map<WeightPath, Sha256Digest> resources(JsonNode array) {
    if (!array.isArray() || array.isEmpty()) {
      throw invalid("no file is signed");
    }
    Map<WeightPath, Sha256Digest> resources = new LinkedHashMap<>();
    for (JsonNode resource : array) {
      if (!text(resource, "algorithm").equals("sha256")) {
        throw invalid("a file is signed with another hash than the one declared");
      }
      WeightPath path = path(text(resource, "name"));
      if (resources.put(path, digest(text(resource, "digest"))) != null) {
        throw invalid("a file is signed twice");
      }
    }
    return resources;
  }

  private static List<String> ignored(JsonNode serialization) {
    List<String> ignored = new ArrayList<>(ALWAYS_IGNORED);
    for (JsonNode entry : serialization.path("ignore_paths")) {
      if (!entry.isTextual()) {
        throw invalid("an ignored path is not a text");
      }
      ignored.add(path(entry.textValue()).value());
    }
    return ignored;
  }

  /** Rebuilds the root digest and compares the signed files with those at hand. */
  VerifiedModelSignature check(Map<WeightPath, Sha256Digest> files) {
    ByteArrayOutputStream digests = new ByteArrayOutputStream(32 * resources.size());
    resources.values().forEach(digest -> digests.writeBytes(digest.bytes()));
    if (!Sha256Digest.of(digests.toByteArray()).equals(rootDigest)) {
      throw invalid("the root digest is not that of the listed files");
    }
    resources.forEach((path, digest) -> {
      Sha256Digest found = files.get(path);
      if (found == null) {
        throw invalid("the signed file '" + path + "' is missing");
      }
      if (!found.equals(digest)) {
        throw invalid("the file '" + path + "' is not the one that was signed");
      }
    });
    List<WeightPath> unsigned = new ArrayList<>();
    for (WeightPath path : new TreeSet<>(files.keySet())) {
      if (!resources.containsKey(path)) {
        if (!isIgnored(path)) {
          throw invalid("the file '" + path + "' is not signed; remove it or sign again");
        }
        unsigned.add(path);
      }
    }
    return new VerifiedModelSignature(rootDigest, unsigned);
  }

  private boolean isIgnored(WeightPath path) {
    return ignored.stream()
        .anyMatch(entry -> path.value().equals(entry) || path.value().startsWith(entry + "/"));
  }

  private static WeightPath path(String name) {
    try {
      return new WeightPath(name);
    } catch (Problem e) {
      throw new Problem(
          ProblemCode.MODEL_SIGNATURE_INVALID,
          "the model signature is invalid: it names a path that is refused here",
          e);
    }
  }

  private static Sha256Digest digest(String hex) {
    try {
      return new Sha256Digest(hex);
    } catch (Problem e) {
      throw new Problem(
          ProblemCode.MODEL_SIGNATURE_INVALID,
          "the model signature is invalid: a digest has another form",
          e);
    }
  }

  static byte[] base64(String text) {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new Problem(
          ProblemCode.MODEL_SIGNATURE_INVALID,
          "the model signature is invalid: a member is no base64",
          e);
    }
  }
}
