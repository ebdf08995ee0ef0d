package dev.strongroom.core.manifest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ManifestTest {
  private static final Manifest MANIFEST = SampleManifest.of("config.json", "model.onnx");
  private static final String JSON =
      new String(ManifestCodec.write(MANIFEST), StandardCharsets.UTF_8);

  @Test
  void hasOneSpelling() {
    assertEquals(
        "{\"algorithm\":\"AES256_GCM_HKDF_SHA256\",\"createdAt\":\"2026-01-31T12:00:00Z\","
            + "\"dataKeyId\":\"dk-00000000000000000000000000000001\",\"files\":["
            + "{\"ciphertextSize\":56,\"commitment\":\""
            + "ab".repeat(32)
            + "\",\"index\":0,"
            + "\"mode\":292,\"objectName\":\"00000000000000000000000000000001\","
            + "\"path\":\"config.json\",\"plaintextSize\":0,\"sha256\":\""
            + "cd".repeat(32)
            + "\"},"
            + "{\"ciphertextSize\":1056,\"commitment\":\""
            + "ab".repeat(32)
            + "\",\"index\":1,"
            + "\"mode\":292,\"objectName\":\"00000000000000000000000000000002\","
            + "\"path\":\"model.onnx\",\"plaintextSize\":1000,\"sha256\":\""
            + "cd".repeat(32)
            + "\"}],\"format\":\"strongroom-manifest/v1\",\"model\":\"acme/chat\","
            + "\"segmentSize\":4096,\"totals\":{\"ciphertextBytes\":1112,\"files\":2,"
            + "\"plaintextBytes\":1000},\"version\":\"3\"}",
        JSON);
  }

  @Test
  void readsBackTheSame() {
    assertEquals(MANIFEST, ManifestCodec.parse(JSON.getBytes(StandardCharsets.UTF_8)));
    Manifest withRoot =
        new Manifest(
            MANIFEST.format(),
            MANIFEST.model(),
            MANIFEST.version(),
            MANIFEST.dataKeyId(),
            MANIFEST.algorithm(),
            MANIFEST.segmentSize(),
            MANIFEST.createdAt(),
            MANIFEST.files(),
            new Sha256Digest("ef".repeat(32)),
            MANIFEST.totals());
    byte[] bytes = ManifestCodec.write(withRoot);
    assertEquals(withRoot, ManifestCodec.parse(bytes));
    assertNotEquals(ManifestDigest.of(bytes), ManifestDigest.of(ManifestCodec.write(MANIFEST)));
    assertArrayEquals(ManifestDigest.of(bytes).bytes(), Sha256Digest.of(bytes).bytes());
  }

  @Test
  void contextsAndLayoutsFollowTheFiles() {
    ManifestFile file = MANIFEST.files().get(1);
    assertEquals("acme/chat:3", MANIFEST.contextOf(file).version().toString());
    assertEquals(1, MANIFEST.contextOf(file).index());
    assertEquals(file.ciphertextSize(), MANIFEST.layoutOf(file).ciphertextSize());
  }

  static Stream<Arguments> changes() {
    ProblemCode invalid = ProblemCode.MANIFEST_INVALID;
    ProblemCode algorithm = ProblemCode.UNSUPPORTED_ALGORITHM;
    return Stream.of(
        Arguments.of("manifest/v1", "manifest/v2", algorithm),
        Arguments.of("AES256_GCM", "AES128_GCM", algorithm),
        Arguments.of("AES256_GCM", "aes256_gcm", algorithm),
        Arguments.of("\"segmentSize\":4096", "\"segmentSize\":4095", algorithm),
        Arguments.of("\"segmentSize\":4096", "\"segmentSize\":0", algorithm),
        Arguments.of("\"segmentSize\":4096", "\"segmentSize\":-4096", algorithm),
        Arguments.of("\"index\":1", "\"index\":0", invalid),
        Arguments.of("\"index\":1", "\"index\":2", invalid),
        Arguments.of("\"index\":0", "\"index\":-1", invalid),
        Arguments.of("\"mode\":292", "\"mode\":420", invalid),
        Arguments.of("\"mode\":292", "\"mode\":2340", invalid),
        Arguments.of("\"mode\":292", "\"mode\":36", invalid),
        Arguments.of("\"mode\":292", "\"mode\":-1", invalid),
        Arguments.of("\"ciphertextSize\":1056", "\"ciphertextSize\":1057", invalid),
        Arguments.of("\"plaintextSize\":1000", "\"plaintextSize\":999", invalid),
        Arguments.of("\"plaintextSize\":1000", "\"plaintextSize\":-1", ProblemCode.TOO_LARGE),
        Arguments.of("\"ciphertextBytes\":1112", "\"ciphertextBytes\":1113", invalid),
        Arguments.of("\"files\":2", "\"files\":3", invalid),
        Arguments.of("\"plaintextBytes\":1000", "\"plaintextBytes\":0", invalid),
        Arguments.of("2\",\"path\"", "1\",\"path\"", invalid),
        Arguments.of("\"path\":\"model.onnx\"", "\"path\":\"a.onnx\"", invalid),
        Arguments.of("model.onnx", "../../etc/cron", ProblemCode.INVALID_PATH),
        Arguments.of("model.onnx", "CONFIG.json", ProblemCode.INVALID_PATH),
        Arguments.of("model.onnx", "config.json", ProblemCode.INVALID_PATH),
        Arguments.of("model.onnx", "config.json/a", ProblemCode.INVALID_PATH),
        Arguments.of("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.1Z", invalid),
        Arguments.of("2026-01-31T12:00:00Z", "2026-02-31T12:00:00Z", invalid),
        Arguments.of("2026-01-31T12:00:00Z", "2026-01-31T12:00:00+00:00", invalid),
        Arguments.of("\"model\":\"acme/chat\"", "\"model\":\"Acme/chat\"", invalid),
        Arguments.of("\"version\":\"3\"", "\"version\":\"latest\"", invalid),
        Arguments.of("dk-0", "dk-X", invalid),
        Arguments.of("\"sha256\":\"cd", "\"sha256\":\"CD", invalid),
        Arguments.of("\"commitment\":\"ab", "\"commitment\":\"b", invalid),
        Arguments.of(",\"version\":\"3\"", "", invalid),
        Arguments.of("\"index\":0,", "", invalid),
        Arguments.of(",\"sha256\":\"" + "cd".repeat(32) + "\"", "", invalid),
        Arguments.of("\"commitment\":\"" + "ab".repeat(32) + "\",", "", invalid),
        Arguments.of("\"version\":\"3\"", "\"version\":\"3\",\"zz\":1", invalid),
        Arguments.of("\"version\":\"3\"", "\"version\":\"3\",\"version\":\"3\"", invalid),
        Arguments.of("\"index\":0", "\"index\":\"0\"", invalid),
        Arguments.of("\"index\":0", "\"index\":0.0", invalid),
        Arguments.of("\"index\":0", "\"index\":null", invalid),
        Arguments.of("{\"algorithm\"", " {\"algorithm\"", invalid),
        Arguments.of("\"mode\":292", "\"mode\": 292", invalid),
        Arguments.of("config.json", "config\\u002ejson", invalid));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void refusesEveryChange(String from, String to, ProblemCode expected) {
    String changed =
        JSON.replaceFirst(
            java.util.regex.Pattern.quote(from), java.util.regex.Matcher.quoteReplacement(to));
    assertNotEquals(JSON, changed);
    Problem problem =
        assertThrows(
            Problem.class, () -> ManifestCodec.parse(changed.getBytes(StandardCharsets.UTF_8)));
    assertEquals(expected, problem.code(), problem.getMessage());
  }

  @Test
  void filesAreLimitedInNumber() {
    assertThrows(Problem.class, () -> SampleManifest.of(List.of()));
    List<ManifestFile> most =
        IntStream.range(0, 10_000)
            .mapToObj(i -> SampleManifest.file(i, String.format("f%05d", i), 0))
            .toList();
    Manifest manifest = SampleManifest.of(most);
    assertEquals(manifest, ManifestCodec.parse(ManifestCodec.write(manifest)));
    List<ManifestFile> more =
        Stream.concat(most.stream(), Stream.of(SampleManifest.file(10_000, "g", 0))).toList();
    assertThrows(Problem.class, () -> SampleManifest.of(more));
  }

  @Test
  void isLimitedInSize() {
    assertEquals(
        ProblemCode.TOO_LARGE,
        assertThrows(
                Problem.class, () -> ManifestCodec.parse(new byte[ManifestCodec.MAX_BYTES + 1]))
            .code());
    List<ManifestFile> long10k =
        IntStream.range(0, 10_000)
            .mapToObj(i ->
                SampleManifest.file(
                    i, ("\u6a21".repeat(80) + "/").repeat(4) + String.format("%05d", i), 0))
            .toList();
    Manifest manifest = SampleManifest.of(long10k);
    assertEquals(manifest, ManifestCodec.parse(ManifestCodec.write(manifest)));
  }

  @Test
  void sumsDoNotOverflow() {
    long size = (1L << 26) * (4096 - 16) - 40;
    assertEquals(
        2 * size,
        SampleManifest.of(
                List.of(SampleManifest.file(0, "a", size), SampleManifest.file(1, "b", size)))
            .totals()
            .plaintextBytes());
  }
}
