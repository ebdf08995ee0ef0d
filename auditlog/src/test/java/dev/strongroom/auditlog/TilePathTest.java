package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TilePathTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "tile/0/000",
        "tile/0/000.p/1",
        "tile/0/999.p/255",
        "tile/63/x001/000",
        "tile/1/x001/x234/067",
        "tile/entries/000",
        "tile/entries/x001/x234/067.p/9",
      })
  void survivesTheTextForm(String path) {
    assertEquals(path, TilePath.parse(path).toString());
  }

  @Test
  void encodesTheIndexOfTheSpecification() {
    assertEquals(new TilePath(0, 1_234_067, 256), TilePath.parse("tile/0/x001/x234/067"));
    assertEquals("tile/entries/x001/x234/067.p", TilePath.entries(1_234_067, 256).partialFolder());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/x000",
        "tile/0/001/000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000/",
        "/tile/0/000",
        "tile/entries/../000",
        "tile/data/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/999",
      })
  void refusesWhatIsNotAPath(String path) {
    AuditLogException refused = assertThrows(AuditLogException.class, () -> TilePath.parse(path));
    assertEquals(LogCode.TILE_PATH_MALFORMED, refused.code());
  }
}
