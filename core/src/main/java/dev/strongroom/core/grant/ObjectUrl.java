package dev.strongroom.core.grant;

import dev.strongroom.core.problem.Require;
import java.util.Map;

/**
 * The right to read one object of ciphertext: a presigned GET. A secret for as long as it lives;
 * never logged.
 *
 * @param index the index of the file in the manifest
 * @param url where the object is
 * @param headers the headers that are signed and must be sent, {@code If-Match} among them
 * @param size the size of the object in bytes
 * @param lifetimeSeconds how long the URL works, from when the request for it was sent
 */
public record ObjectUrl(
    int index, String url, Map<String, String> headers, long size, long lifetimeSeconds) {
  public ObjectUrl {
    Require.present(url, "url");
    headers = Map.copyOf(Require.present(headers, "headers"));
    Require.that(index >= 0 && size >= 0 && lifetimeSeconds > 0, "an object URL is out of range");
  }

  @Override
  public String toString() {
    return "ObjectUrl[" + index + ", " + size + " bytes]";
  }
}
