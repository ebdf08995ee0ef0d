package dev.strongroom.keyservice.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.strongroom.keyservice.config.yaml.Bounds;
import dev.strongroom.keyservice.config.yaml.ByteSize;
import dev.strongroom.keyservice.config.yaml.Default;
import dev.strongroom.keyservice.config.yaml.Inline;
import dev.strongroom.keyservice.config.yaml.Reading;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The reference table of the guide has each key, with its type and default, and no other. */
class ConfigurationGuideTest {
  private static final Path GUIDE = Path.of("../docs/guide/configuration.md");

  @Test
  void theTableIsTheRecords() throws IOException {
    List<String> documented =
        Files.readAllLines(GUIDE).stream()
            .filter(line -> line.startsWith("| `"))
            .map(line -> line.split(" \\| ", -1))
            .map(cells -> String.join(" | ", cells[0], cells[1], cells[2]))
            .toList();
    assertEquals(
        String.join("\n", rows(KeyServiceConfig.class, "")), String.join("\n", documented));
  }

  @Test
  void theExampleLoads() throws IOException {
    String guide = Files.readString(GUIDE);
    int from = guide.indexOf("```yaml\n") + "```yaml\n".length();
    assertInstanceOf(
        Reading.Valid.class,
        KeyServiceConfig.parse(
            guide.substring(from, guide.indexOf("```", from)), Path.of("/etc/strongroom")));
  }

  private static List<String> rows(Class<?> record, String prefix) {
    List<String> rows = new ArrayList<>();
    for (RecordComponent component : record.getRecordComponents()) {
      String key = prefix + component.getName();
      Class<?> type = component.getType();
      Class<?> item = listItem(component);
      if (type.isSealed()) {
        choice(component, key, rows);
      } else if (item != null && item.isSealed()) {
        // The keys of each are those of the key of the same type before it.
        rows.add(row(key, "list of one of " + variants(item), absent(component)));
      } else if (item != null && isSection(item)) {
        rows.add(row(key, "list", absent(component)));
        rows.addAll(rows(item, key + "[]."));
      } else if (isSection(type)) {
        if (component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
          rows.add(row(key, "section", "none"));
        }
        rows.addAll(rows(type, key + "."));
      } else {
        rows.add(row(key, kind(component), absent(component)));
      }
    }
    return rows;
  }

  private static void choice(RecordComponent component, String key, List<String> rows) {
    rows.add(row(key, "one of " + variants(component.getType()), absent(component)));
    for (Class<?> variant : component.getType().getPermittedSubclasses()) {
      if (variant.isAnnotationPresent(Inline.class)) {
        rows.add(
            row(key + "." + name(variant), kind(variant.getRecordComponents()[0]), "required"));
      } else {
        rows.addAll(rows(variant, key + "." + name(variant) + "."));
      }
    }
  }

  private static String variants(Class<?> choice) {
    return Arrays.stream(choice.getPermittedSubclasses())
        .map(each -> name(each))
        .collect(Collectors.joining(", "));
  }

  private static String row(String key, String kind, String absent) {
    return "| `" + key + "` | " + kind + " | " + absent;
  }

  private static String absent(RecordComponent component) {
    Default preset = component.getAnnotation(Default.class);
    if (preset != null) {
      boolean path = component.getType() == Path.class;
      return preset.value().isEmpty()
          ? "empty"
          : "`" + (path ? "DATADIR/" : "") + preset.value() + "`";
    }
    return component.getAnnotatedType().isAnnotationPresent(Nullable.class) ? "none" : "required";
  }

  private static String kind(RecordComponent component) {
    Class<?> item = listItem(component);
    if (item != null) {
      return "list of " + kind(item) + "s";
    }
    Bounds bounds = component.getAnnotation(Bounds.class);
    return kind(component.getType())
        + (bounds == null ? "" : ", " + bounds.min() + " to " + bounds.max());
  }

  private static String kind(Class<?> type) {
    if (type == Duration.class) {
      return "duration";
    } else if (type == ByteSize.class) {
      return "size";
    } else if (type == Path.class) {
      return "path";
    } else if (type == URI.class) {
      return "URL";
    } else if (type == Boolean.class) {
      return "true or false";
    } else if (type == Integer.class) {
      return "number";
    } else if (type == IdentityConfig.TokenAlgorithm.class) {
      return "algorithm";
    } else if (type == KubernetesConfig.Authorisation.class) {
      return "one of rbac, bindings";
    }
    return type == String.class ? "text" : "model pattern";
  }

  private static @Nullable Class<?> listItem(RecordComponent component) {
    return component.getGenericType() instanceof ParameterizedType generic
        ? (Class<?>) generic.getActualTypeArguments()[0]
        : null;
  }

  private static boolean isSection(Class<?> type) {
    return type.isRecord()
        && type != ByteSize.class
        && !(type.getRecordComponents().length == 1
            && type.getRecordComponents()[0].getType() == String.class);
  }

  private static String name(Class<?> type) {
    String simple = type.getSimpleName();
    return simple.substring(0, 1).toLowerCase(Locale.ROOT) + simple.substring(1);
  }
}
