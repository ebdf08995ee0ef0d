package dev.strongroom.keyservice.identity;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;

/** Whatever a token or a key set holds, the answer is a value or a refusal with a code. */
class TokenFuzzTest {
  private static final TokenClaims.Expected ISSUER =
      new TokenClaims.Expected(
          TestIssuer.ISSUER, TestIssuer.AUDIENCE, Duration.ofSeconds(30), false);

  @FuzzTest(maxDuration = "30s")
  void token(FuzzedDataProvider data) {
    try {
      var _ = ParsedToken.parse(data.consumeRemainingAsString());
    } catch (Problem expected) {
      expected.code();
    }
  }

  @FuzzTest(maxDuration = "30s")
  void claims(byte[] json) throws IOException {
    try {
      if (StrictJson.mapper().readTree(json) instanceof ObjectNode claims) {
        Identity identity =
            TokenClaims.check(claims, ISSUER, Instant.ofEpochSecond(1_800_000_000L));
        if (identity.subject().isEmpty()) {
          throw new AssertionError("an empty subject was accepted");
        }
      }
    } catch (Problem expected) {
      expected.code();
    } catch (com.fasterxml.jackson.core.JsonProcessingException notJson) {
      notJson.getLocation();
    }
  }

  @FuzzTest(maxDuration = "30s")
  void keySet(byte[] json) {
    try {
      TokenKeys.parse(json).digest();
    } catch (Problem expected) {
      expected.code();
    }
  }
}
