package dev.strongroom.keyservice.kms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.keyservice.kms.tink.RemovedKeyset;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No implementation of {@link KeyWrapper} is without its contract suite. */
class KeyWrapperContractTest {
  /** It has no keys and refuses every use: RemovedKeysetTest. */
  private static final String WITHOUT_KEYS = RemovedKeyset.class.getName();

  @Test
  void everyImplementationHasItsSuite() throws Exception {
    Set<String> implementations = new TreeSet<>();
    for (Class<?> type : classesBeside(KeyWrapper.class)) {
      if (KeyWrapper.class.isAssignableFrom(type) && isConcrete(type)) {
        implementations.add(type.getName());
      }
    }
    Set<String> covered = new TreeSet<>();
    for (Class<?> type : classesBeside(KeyWrapperContract.class)) {
      if (KeyWrapperContract.class.isAssignableFrom(type) && isConcrete(type)) {
        var constructor = type.getDeclaredConstructor();
        constructor.setAccessible(true);
        covered.add(((KeyWrapperContract) constructor.newInstance()).implementation().getName());
      }
    }
    assertTrue(implementations.remove(WITHOUT_KEYS));
    assertFalse(implementations.isEmpty());
    assertEquals(implementations, covered);
  }

  private static boolean isConcrete(Class<?> type) {
    return !type.isInterface() && !Modifier.isAbstract(type.getModifiers());
  }

  private static Set<Class<?>> classesBeside(Class<?> anchor)
      throws IOException, URISyntaxException, ClassNotFoundException {
    Path root = Path.of(anchor.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path folder = root.resolve(anchor.getPackageName().replace('.', '/'));
    Set<Class<?>> classes = new java.util.HashSet<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".class")).toList()) {
        String name = root.relativize(file).toString().replace('/', '.');
        if (!name.endsWith("package-info.class")) {
          classes.add(
              Class.forName(
                  name.substring(0, name.length() - ".class".length()),
                  false,
                  anchor.getClassLoader()));
        }
      }
    }
    return classes;
  }
}
