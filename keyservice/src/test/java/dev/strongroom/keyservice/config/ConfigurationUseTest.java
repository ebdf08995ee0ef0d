package dev.strongroom.keyservice.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.MethodRefEntry;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** A key that the service reads and then never asks for would be a promise that nobody keeps. */
class ConfigurationUseTest {
  private static final String CONFIG = "dev/strongroom/keyservice/config/";

  @Test
  void theServiceAsksForEveryKey() throws Exception {
    Path classes =
        Path.of(KeyServiceConfig.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Set<String> wanted = new TreeSet<>();
    Set<String> asked = new TreeSet<>();
    for (Path file : classFiles(classes)) {
      ClassModel model = ClassFile.of().parse(file);
      String name = model.thisClass().asInternalName();
      if (name.startsWith(CONFIG)) {
        wanted.addAll(accessors(name));
      } else {
        asked.addAll(calls(model));
      }
    }
    assertTrue(wanted.contains(CONFIG + "KeyServiceConfig$LeasesConfig.maxLive"), "a known key");
    wanted.removeAll(asked);
    assertEquals(Set.of(), wanted, "keys that nothing outside of the configuration asks for");
  }

  private static Iterable<Path> classFiles(Path classes) throws IOException {
    try (Stream<Path> files = Files.walk(classes)) {
      return files.filter(file -> file.toString().endsWith(".class")).toList();
    }
  }

  /** Of a record that the configuration is read into; of no other class. */
  private static Set<String> accessors(String name) throws ClassNotFoundException {
    Class<?> type = Class.forName(name.replace('/', '.'), false, ownLoader());
    Class<?> outermost = type;
    while (outermost.getDeclaringClass() != null) {
      outermost = outermost.getDeclaringClass();
    }
    return type.isRecord() && outermost.getSimpleName().endsWith("Config")
        ? Stream.of(type.getRecordComponents())
            .map(RecordComponent::getName)
            .map(component -> name + "." + component)
            .collect(Collectors.toSet())
        : Set.of();
  }

  private static ClassLoader ownLoader() {
    return ConfigurationUseTest.class.getClassLoader();
  }

  private static Set<String> calls(ClassModel model) {
    return StreamSupport.stream(model.constantPool().spliterator(), false)
        .filter(MethodRefEntry.class::isInstance)
        .map(MethodRefEntry.class::cast)
        .map(method -> method.owner().asInternalName() + "." + method.name().stringValue())
        .collect(Collectors.toSet());
  }
}
