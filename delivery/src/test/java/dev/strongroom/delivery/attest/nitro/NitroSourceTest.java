package dev.strongroom.delivery.attest.nitro;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.KeyBinding;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.attest.Bindings;
import dev.strongroom.delivery.attest.CLibrary;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The driver of the Nitro Security Module, played by a C library that is compiled here. */
class NitroSourceTest {
  private static final KeyBinding BINDING = Bindings.of("nonce");

  @TempDir private Path folder;
  private final Arena arena = Arena.ofConfined();
  private SymbolLookup library = SymbolLookup.loaderLookup();

  @BeforeEach
  void compile() {
    CLibrary.assumeCompiler();
    library = SymbolLookup.libraryLookup(CLibrary.compile("fake-nsm", folder), arena);
  }

  @AfterEach
  void unload() {
    arena.close();
  }

  private NitroSource source(String device) {
    return new NitroSource(new NsmDevice(Path.of(device), library));
  }

  // RFC 8949: what the module is asked, in the order of its own structure.
  private static byte[] request(byte[] nonce) {
    return HexFormat.of()
        .parseHex(
            "a1"
                + text("Attestation")
                + "a3"
                + text("user_data")
                + "f6"
                + text("nonce")
                + "5840"
                + HexFormat.of().formatHex(nonce)
                + text("public_key")
                + "f6");
  }

  private static String text(String text) {
    return HexFormat.of().toHexDigits((byte) (0x60 + text.length()))
        + HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void theDocumentIsAskedForOverTheBinding() throws Throwable {
    Evidence evidence = source("/dev/nsm").collect(BINDING, null);
    assertEquals("nitro", evidence.type());
    assertArrayEquals(request(BINDING.reportData(null)), evidence.data().bytes());
    Sha256Digest gpu = Sha256Digest.of(new byte[] {1});
    assertArrayEquals(
        request(BINDING.reportData(gpu)), source("/dev/nsm").collect(BINDING, gpu).data().bytes());
    assertEquals(0, open());
  }

  private int open() throws Throwable {
    return (int)
        Linker.nativeLinker()
            .downcallHandle(
                library.findOrThrow("is_open"), FunctionDescriptor.of(ValueLayout.JAVA_INT))
            .invokeExact();
  }

  @ParameterizedTest
  @CsvSource({
    "/dev/absent, cannot be opened (errno 2)",
    "/dev/failing, takes no request (errno 90)",
    "/dev/refusing, InvalidArgument",
    "/dev/lying, 12289 bytes"
  })
  void whatTheDriverDoesNotGiveIsTold(String device, String why) throws Throwable {
    Problem refused = assertThrows(Problem.class, () -> source(device).collect(BINDING, null));
    assertEquals(ProblemCode.EVIDENCE_UNAVAILABLE, refused.code());
    assertTrue(String.valueOf(refused.getMessage()).contains(why), refused::getMessage);
    assertEquals(0, open(), "the file is closed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a0",
        "a16b4174746573746174696f6e",
        "a16b4174746573746174696f6ea168646f63756d656e744201",
        "a16b4174746573746174696f6ea168646f63756d656e74410100",
        "a16b4174746573746174696f6ea168646f63756d656e746101",
        "a16b4174746573746174696f6ea16a646f63756d656e74732e4101",
        "a165506c617573a0",
        "bf"
      })
  void aResponseOfAnotherFormIsRefused(String hex) {
    assertThrows(IOException.class, () -> NsmMessages.document(HexFormat.of().parseHex(hex)));
  }

  @Test
  void aDocumentOfUsualSizeIsRead() throws IOException {
    byte[] document = new byte[4500];
    document[4499] = 3;
    byte[] response =
        HexFormat.of()
            .parseHex(
                "a1"
                    + text("Attestation")
                    + "a1"
                    + text("document")
                    + "591194"
                    + HexFormat.of().formatHex(document));
    assertArrayEquals(document, NsmMessages.document(response));
  }
}
