package dev.strongroom.keyservice.config.check;

import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import java.nio.file.Path;
import java.util.List;

/** Prints what the check finds of KEKs on tokens, each as {@code NAME URI PINFILE}. */
public final class KekCheckMain {
  private KekCheckMain() {}

  /** Checks one after the other. */
  public static void main(String[] arguments) {
    for (int i = 0; i < arguments.length; i += 3) {
      KekConfig.Pkcs11 config =
          new KekConfig.Pkcs11(
              arguments[i + 1],
              Path.of(arguments[i + 2]),
              null,
              "",
              List.of(),
              4,
              KekLimits.DEFAULT);
      for (Finding finding : KekCheck.check(config)) {
        System.out.println(
            String.join(
                " ",
                arguments[i],
                finding.severity().name(),
                "|",
                finding.what(),
                "|",
                finding.toDo()));
      }
    }
  }
}
