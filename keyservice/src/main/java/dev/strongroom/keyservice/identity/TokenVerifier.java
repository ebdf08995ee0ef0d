package dev.strongroom.keyservice.identity;

/** Verifies identity tokens. */
public interface TokenVerifier {

  /**
   * The identity that the token proves.
   *
   * @param token the compact serialisation, at most 16,384 characters
   * @throws dev.strongroom.core.problem.Problem with a {@code TOKEN_*} code for each way in which a
   *     token can be bad
   */
  Identity verify(String token);
}
