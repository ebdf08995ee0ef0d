package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EntryBundleTest {
  @Test
  void readsLeavesOfAnyLength() {
    EntryBundle.Parsed parsed =
        EntryBundle.parse(HexFormat.of().parseHex("00016100000003626364"), 3);
    assertTrue(parsed.problem().isEmpty());
    List<byte[]> leaves = parsed.leaves();
    assertEquals(List.of("61", "", "626364"), leaves.stream().map(EntryBundleTest::hex).toList());
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "'',             1, 0",
    "00,             1, 0",
    "0001,           1, 0",
    "000161,         2, 1",
    "00016100,       2, 1",
    "0001610002,     2, 1",
    "000161000262,   2, 1",
    "000161000162,   1, 1",
    "ffff61,         1, 0",
  })
  void namesTheFirstEntryThatIsNotThere(String bundle, int count, long bad) {
    byte[] bytes = HexFormat.of().parseHex(bundle);
    EntryBundle.Parsed parsed = EntryBundle.parse(bytes, count);
    assertTrue(parsed.problem().isPresent());
    assertEquals(bad, parsed.leaves().size());
  }
}
