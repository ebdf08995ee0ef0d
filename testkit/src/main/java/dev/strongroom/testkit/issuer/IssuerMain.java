package dev.strongroom.testkit.issuer;

import com.nimbusds.jose.util.JSONObjectUtils;
import dev.strongroom.testkit.process.CommandLine;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The issuer from a shell.
 *
 * <pre>
 * init  --dir DIR --issuer URL
 * token --dir DIR --subject SUB --audience AUD [--ttl SECONDS] [--claim NAME=TEXT]... [--claims JSON]
 * </pre>
 *
 * <p>{@code token} prints one line: the token.
 */
public final class IssuerMain {
  private static final String USAGE = "the first argument is 'init' or 'token'";

  private IssuerMain() {}

  public static void main(String[] arguments) throws ParseException {
    if (arguments.length == 0) {
      throw new IllegalArgumentException(USAGE);
    }
    List<String> rest = List.of(arguments).subList(1, arguments.length);
    switch (arguments[0]) {
      case "init" -> init(new CommandLine(rest, Set.of("dir", "issuer")));
      case "token" ->
          token(
              new CommandLine(
                  rest, Set.of("dir", "subject", "audience", "ttl", "claim", "claims")));
      default -> throw new IllegalArgumentException(USAGE);
    }
  }

  private static void init(CommandLine options) {
    TestIssuer issuer =
        TestIssuer.create(
            Path.of(options.required("dir")), options.required("issuer"), InstantSource.system());
    System.out.println(issuer.jwks());
  }

  private static void token(CommandLine options) throws ParseException {
    Map<String, Object> claims = new HashMap<>();
    String json = options.optional("claims");
    if (json != null) {
      claims.putAll(JSONObjectUtils.parse(json));
    }
    for (String claim : options.all("claim")) {
      int equals = claim.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("a claim is written NAME=TEXT");
      }
      claims.put(claim.substring(0, equals), claim.substring(equals + 1));
    }
    TestIssuer issuer = TestIssuer.open(Path.of(options.required("dir")), InstantSource.system());
    System.out.println(
        issuer.mint(
            options.required("subject"),
            options.required("audience"),
            Duration.ofSeconds(Long.parseLong(options.orElse("ttl", "600"))),
            claims));
  }
}
