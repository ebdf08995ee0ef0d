package dev.strongroom.keyservice.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.strongroom.keyservice.config.yaml.Fault;
import dev.strongroom.keyservice.config.yaml.Reading;
import dev.strongroom.keyservice.config.yaml.RecordReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** No cache unless somebody says how large and for how long. */
class DataKeyCacheConfigTest {

  /** As a section of the configuration. */
  public record Section(@Nullable DataKeyCacheConfig dataKeyCache) {}

  private static Reading<Section> read(String yaml) {
    return RecordReader.read(yaml, Section.class, Path.of("/etc/strongroom"), null);
  }

  @Test
  void itIsAbsentUnlessItIsAskedFor() {
    assertNull(read("{}").orThrow("the test").dataKeyCache());
  }

  @ParameterizedTest
  @CsvSource({"1, 1s, 1", "10000, 1h, 3600", "500, 5m, 300"})
  void bothAreChosen(int maxKeys, String maxAge, long seconds) {
    assertEquals(
        new DataKeyCacheConfig(maxKeys, Duration.ofSeconds(seconds)),
        read("dataKeyCache: {maxKeys: %d, maxAge: %s}".formatted(maxKeys, maxAge))
            .orThrow("the test")
            .dataKeyCache());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{maxKeys: 10} | dataKeyCache.maxAge: the key is missing and has no default",
        "{maxAge: 5m} | dataKeyCache.maxKeys: the key is missing and has no default",
        "{maxKeys: 0, maxAge: 5m} | dataKeyCache.maxKeys: between 1 and 10000 is wanted",
        "{maxKeys: 10001, maxAge: 5m} | dataKeyCache.maxKeys: between 1 and 10000 is wanted",
        "{maxKeys: 10, maxAge: 999ms} | dataKeyCache.maxAge: between 1s and 1h is wanted",
        "{maxKeys: 10, maxAge: 61m} | dataKeyCache.maxAge: between 1s and 1h is wanted",
        "{maxKeys: 10, maxAge: 5m, ttl: 1m} | dataKeyCache.ttl: unknown key; known here are maxKeys, maxAge",
      })
  void anythingElseIsRefused(String section, String fault) {
    List<Fault> faults =
        switch (read("dataKeyCache: " + section)) {
          case Reading.Invalid<Section>(List<Fault> found) -> found;
          case Reading.Valid<Section> valid -> throw new AssertionError(valid.toString());
        };
    assertEquals(1, faults.size(), faults.toString());
    assertEquals(fault, faults.getFirst().path() + ": " + faults.getFirst().message());
  }
}
