package dev.strongroom.keyservice.kms.pkcs11;

import dev.strongroom.core.encoding.Utf8;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The PKCS#11 URI (RFC 7512) of a KEK: {@code pkcs11:token=NAME;object=LABEL?module-path=FILE}.
 *
 * <p>Stricter than the RFC: attributes that would be ignored are refused, and so is a PIN in the
 * text.
 *
 * @param token the label of the token
 * @param object the label of the KEK's first version
 * @param serial the serial number of the token, where the label alone is not unique
 * @param manufacturer of the token
 * @param model of the token
 * @param modulePath the shared library of the token
 * @param pinSource the file of the PIN
 */
public record Pkcs11Uri(
    String token,
    String object,
    @Nullable String serial,
    @Nullable String manufacturer,
    @Nullable String model,
    Path modulePath,
    @Nullable Path pinSource) {
  private static final String SCHEME = "pkcs11:";
  private static final Set<String> PATH =
      Set.of("token", "object", "serial", "manufacturer", "model", "type");
  private static final Set<String> QUERY = Set.of("module-path", "pin-source");
  private static final int MAX_CHARS = 2048;

  /** Of CK_TOKEN_INFO: labels and makers have 32 bytes, models and serial numbers 16. */
  private static final Map<String, Integer> BYTES =
      Map.of("token", 32, "manufacturer", 32, "model", 16, "serial", 16, "object", 128);

  /** RFC 7512 section 2.3: what stands for itself in the path, beside letters and digits. */
  private static final String PATH_CHARS = "-._~:[]@!$'()*+,=&";

  /** In the query, {@code /}, {@code ?} and {@code |} may be there too, and {@code &} separates. */
  private static final String QUERY_CHARS = "-._~:[]@!$'()*+,=/?|";

  /**
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} that names the part that is wrong
   */
  public static Pkcs11Uri parse(String text) {
    if (text.length() > MAX_CHARS || !text.startsWith(SCHEME)) {
      throw refused("it starts with 'pkcs11:' and has at most " + MAX_CHARS + " characters");
    }
    String rest = text.substring(SCHEME.length());
    int mark = rest.indexOf('?');
    Map<String, String> path =
        attributes(mark < 0 ? rest : rest.substring(0, mark), ';', PATH_CHARS, PATH);
    Map<String, String> query =
        mark < 0 ? Map.of() : attributes(rest.substring(mark + 1), '&', QUERY_CHARS, QUERY);
    if (!path.getOrDefault("type", "secret-key").equals("secret-key")) {
      throw refused("type: a KEK is a secret-key");
    }
    String source = query.get("pin-source");
    return new Pkcs11Uri(
        required(path, "token"),
        required(path, "object"),
        path.get("serial"),
        path.get("manufacturer"),
        path.get("model"),
        absolute("module-path", required(query, "module-path")),
        source == null ? null : absolute("pin-source", withoutScheme(source)));
  }

  /** The URI without what is a matter of this machine: for messages. */
  @Override
  public String toString() {
    return "token '" + token + "', key '" + object + "'";
  }

  private static Map<String, String> attributes(
      String part, char separator, String chars, Set<String> known) {
    Map<String, String> found = new LinkedHashMap<>();
    for (String attribute : List.of(part.split(String.valueOf(separator), -1))) {
      int equals = attribute.indexOf('=');
      String name = equals < 0 ? attribute : attribute.substring(0, equals);
      if (name.equals("pin-value")) {
        throw refused("a PIN does not belong into a configuration: use pinFile or pin-source");
      }
      if (equals < 0 || !known.contains(name)) {
        throw refused(hint(name));
      }
      String value = decoded(name, attribute.substring(equals + 1), chars);
      if (found.put(name, value) != null) {
        throw refused(name + " is there twice");
      }
    }
    return found;
  }

  private static String hint(String name) {
    return switch (name) {
      case "id" -> "id: name the KEK by object, its label; each version has an id of its own";
      case "slot-id", "slot-description", "slot-manufacturer" ->
          "slots change: name the token by its label, and by serial where labels are not unique";
      case "module-name" -> "module-name: give the whole path in module-path";
      default ->
          "'"
              + name.replaceAll("[^A-Za-z0-9-]", "?")
              + "' is not understood; known are token, object, serial, manufacturer, model, type,"
              + " and after the question mark module-path and pin-source";
    };
  }

  private static String decoded(String name, String value, String chars) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '%') {
        if (i + 2 >= value.length() || digit(value, i + 1) < 0 || digit(value, i + 2) < 0) {
          throw refused(name + ": '%' is followed by two hexadecimal digits");
        }
        bytes.write((digit(value, i + 1) << 4) | digit(value, i + 2));
        i += 2;
      } else if (isPlain(c) || chars.indexOf(c) >= 0) {
        bytes.write(c);
      } else {
        throw refused(name + ": characters other than letters, digits and " + chars + " as %XX");
      }
    }
    String text = text(name, bytes.toByteArray());
    if (text.isEmpty()
        || text.chars().anyMatch(Character::isISOControl)
        || bytes.size() > BYTES.getOrDefault(name, MAX_CHARS)) {
      throw refused(name + ": it is empty, too long, or has control characters");
    }
    return text;
  }

  private static String text(String name, byte[] bytes) {
    try {
      return Utf8.decode(bytes);
    } catch (Problem e) {
      throw refused(name + ": it is not UTF-8");
    }
  }

  private static boolean isPlain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  private static int digit(String value, int index) {
    char c = value.charAt(index);
    return c < 128 ? Character.digit(c, 16) : -1;
  }

  private static String required(Map<String, String> attributes, String name) {
    String value = attributes.get(name);
    if (value == null) {
      throw refused(name + " is missing");
    }
    return value;
  }

  private static String withoutScheme(String source) {
    return source.startsWith("file:") ? source.substring("file:".length()) : source;
  }

  private static Path absolute(String name, String file) {
    Path path = Path.of(file);
    if (!path.isAbsolute() || file.indexOf('"') >= 0) {
      throw refused(name + ": a whole path is wanted, without quotation marks");
    }
    return path;
  }

  private static Problem refused(String why) {
    return new Problem(
        ProblemCode.CONFIGURATION_INVALID, "kek.pkcs11.uri, a PKCS#11 URI (RFC 7512): " + why);
  }
}
