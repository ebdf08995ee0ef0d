package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What somebody who runs the object store can do to objects: each is refused with its code, and no
 * file becomes visible.
 */
class TamperingTest {
  private static final String MODEL = "acme/twins";
  private static final String A = "a.safetensors";
  private static final String B = "b.safetensors";

  private static OnStage on;
  private static StoredObjects objects;
  private static byte[] objectA;
  private static byte[] objectB;
  private static byte[] objectOfOtherVersion;

  @BeforeAll
  static void publish() throws IOException {
    on = OnStage.open();
    Path model = SampleModel.twins(on.path("twins"));
    on.publish(model, MODEL, "1");
    on.publish(model, MODEL, "2");
    objects = new StoredObjects(on.stage(), MODEL, "1");
    objectA = objects.read(A);
    objectB = objects.read(B);
    objectOfOtherVersion = new StoredObjects(on.stage(), MODEL, "2").read(A);
  }

  @AfterAll
  static void close() {
    if (on != null) {
      on.close();
    }
  }

  @Test
  void aFlippedBitIsRefused() throws IOException {
    byte[] flipped = objectA.clone();
    flipped[flipped.length / 2] ^= 1;
    assertRefused("ciphertext-corrupt", flipped, objectB);
  }

  @Test
  void aFlippedBitInTheHeaderIsRefused() throws IOException {
    byte[] flipped = objectA.clone();
    flipped[5] ^= 1;
    assertRefused("ciphertext-corrupt", flipped, objectB);
  }

  @Test
  void anotherHeaderIsRefused() throws IOException {
    byte[] flipped = objectA.clone();
    flipped[0] ^= 1;
    assertRefused("ciphertext-header-invalid", flipped, objectB);
  }

  @Test
  void aCutObjectIsRefused() throws IOException {
    assertRefused(
        "ciphertext-length-mismatch", Arrays.copyOf(objectA, objectA.length - 16), objectB);
  }

  @Test
  void aLongerObjectIsRefused() throws IOException {
    assertRefused(
        "ciphertext-length-mismatch", Arrays.copyOf(objectA, objectA.length + 16), objectB);
  }

  @Test
  void twoExchangedObjectsAreRefused() throws IOException {
    assertEquals(objectA.length, objectB.length);
    assertRefused("ciphertext-corrupt", objectB, objectA);
  }

  @Test
  void theObjectOfAnotherVersionIsRefused() throws IOException {
    assertEquals(objectA.length, objectOfOtherVersion.length);
    assertRefused("ciphertext-corrupt", objectOfOtherVersion, objectB);
  }

  private static void assertRefused(String code, byte[] a, byte[] b) throws IOException {
    objects.write(A, a);
    objects.write(B, b);
    try (Workload workload = on.stage().workload("tampered", Stage.INFERENCE, MODEL, "1");
        ChildProcess sidecar = workload.startSidecar()) {
      assertEquals(11, sidecar.awaitExit(Await.LIMIT), () -> sidecar.output().toString());
      String failed = sidecar.awaitLine("\"event\":\"failed\"", Await.LIMIT);
      assertTrue(failed.contains("\"code\":\"" + code + "\""), failed);
      assertNothingVisible(workload.target());
    } finally {
      objects.write(A, objectA);
      objects.write(B, objectB);
    }
  }

  private static void assertNothingVisible(Path target) throws IOException {
    try (Stream<Path> walk = Files.walk(target.getParent())) {
      assertTrue(
          walk.filter(Files::isRegularFile).allMatch(file -> file.toFile().length() == 0),
          "no file of the model is left");
    }
    assertTrue(Files.notExists(target));
    assertTrue(Files.notExists(SampleModel.readyFile(target)));
  }
}
