package dev.strongroom.keyservice.config.yaml;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.problem.Problem;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a YAML text into a tree of records. All faults of the file are collected; only a file
 * without any becomes a value.
 *
 * <p>Keys are the names of the components. A component that is a record and has no key is read as
 * if its key held an empty mapping. A choice is a sealed interface of records: a mapping with one
 * key, the name of the record in lower camel case; or that name alone where nothing needs to be
 * said. A component of type {@link JsonNode} takes whatever is written.
 */
public final class RecordReader {
  private final Path pathBase;
  private final Path defaultPathBase;
  private final List<Fault> faults = new ArrayList<>();

  /**
   * @param pathBase what relative paths of the file are relative to
   * @param defaultPathBase what default paths are below
   */
  private RecordReader(Path pathBase, Path defaultPathBase) {
    this.pathBase = pathBase;
    this.defaultPathBase = defaultPathBase;
  }

  /**
   * Reads one file.
   *
   * @param pathBase what relative paths of the file are relative to
   * @param folderKey the top-level key that names the folder below which default paths are; null
   *     where the record has no default paths
   */
  public static <T extends Record> Reading<T> read(
      String text, Class<T> type, Path pathBase, @Nullable String folderKey) {
    List<Fault> parseFaults = new ArrayList<>();
    YamlNode root = YamlParser.parse(text, parseFaults);
    if (root == null) {
      return new Reading.Invalid<>(parseFaults);
    }
    RecordReader reader = new RecordReader(pathBase, folder(root, pathBase, folderKey));
    reader.faults.addAll(parseFaults);
    Object value = reader.record(type, root, "");
    if (value == null || !reader.faults.isEmpty()) {
      reader.faults.sort(Comparator.comparingInt(Fault::line));
      return new Reading.Invalid<>(reader.faults);
    }
    return new Reading.Valid<>(type.cast(value));
  }

  private static Path folder(YamlNode root, Path base, @Nullable String folderKey) {
    if (folderKey == null || !(root instanceof YamlNode.Mapping mapping)) {
      return base;
    }
    YamlNode.Entry entry = mapping.entries().get(folderKey);
    if (entry != null && entry.value() instanceof YamlNode.Scalar scalar) {
      try {
        return (Path) ScalarReader.read(Path.class, scalar, base);
      } catch (ScalarReader.Unreadable e) {
        return base; // Reported where the key itself is read.
      }
    }
    return base;
  }

  private @Nullable Object value(Type type, YamlNode node, String path) {
    if (type instanceof ParameterizedType generic) {
      Type last = generic.getActualTypeArguments()[generic.getActualTypeArguments().length - 1];
      return generic.getRawType() == List.class ? list(last, node, path) : map(last, node, path);
    }
    Class<?> raw = (Class<?>) type;
    if (raw == JsonNode.class) {
      return FreeForm.json(node);
    }
    if (ScalarReader.reads(raw)) {
      return scalar(raw, node, path);
    }
    return raw.isSealed() ? choice(raw, node, path) : record(raw, node, path);
  }

  private @Nullable Object scalar(Class<?> type, YamlNode node, String path) {
    if (!(node instanceof YamlNode.Scalar scalar)) {
      return fault(node.line(), path, "a single value is wanted, not " + node.kind());
    }
    try {
      return ScalarReader.read(type, scalar, pathBase);
    } catch (ScalarReader.Unreadable e) {
      return fault(node.line(), path, String.valueOf(e.getMessage()));
    }
  }

  private @Nullable Object list(Type itemType, YamlNode node, String path) {
    if (!(node instanceof YamlNode.Sequence sequence)) {
      return fault(node.line(), path, "a list is wanted, not " + node.kind());
    }
    List<Object> items = new ArrayList<>();
    for (int i = 0; i < sequence.items().size(); i++) {
      Object item = value(itemType, sequence.items().get(i), path + "[" + i + "]");
      if (item != null) {
        items.add(item);
      }
    }
    return items;
  }

  private @Nullable Object map(Type valueType, YamlNode node, String path) {
    if (!(node instanceof YamlNode.Mapping mapping)) {
      return fault(node.line(), path, "a mapping is wanted, not " + node.kind());
    }
    Map<String, Object> values = new LinkedHashMap<>();
    mapping
        .entries()
        .forEach((key, entry) -> {
          Object value = value(valueType, entry.value(), child(path, key));
          if (value != null) {
            values.put(key, value);
          }
        });
    return values;
  }

  private @Nullable Object choice(Class<?> type, YamlNode node, String path) {
    Map<String, Class<?>> variants = new LinkedHashMap<>();
    for (Class<?> variant : type.getPermittedSubclasses()) {
      variants.put(decapitalised(variant.getSimpleName()), variant);
    }
    String name;
    YamlNode body;
    int line = node.line();
    if (node instanceof YamlNode.Scalar scalar && scalar.type() == YamlNode.ScalarType.TEXT) {
      name = scalar.text();
      body = YamlNode.Mapping.empty(line);
    } else if (node instanceof YamlNode.Mapping mapping && mapping.entries().size() == 1) {
      name = mapping.entries().firstEntry().getKey();
      line = mapping.entries().firstEntry().getValue().line();
      body = mapping.entries().firstEntry().getValue().value();
    } else {
      return fault(
          line,
          path,
          "exactly one of these keys is wanted: " + String.join(", ", variants.keySet()));
    }
    Class<?> variant = variants.get(name);
    if (variant == null) {
      return fault(line, child(path, name), unknown(name, variants.keySet()));
    }
    return record(variant, body, child(path, name));
  }

  private @Nullable Object record(Class<?> type, YamlNode node, String path) {
    if (type.isAnnotationPresent(Inline.class)) {
      RecordComponent only = type.getRecordComponents()[0];
      Object value = value(only.getGenericType(), node, path);
      return value == null ? null : construct(type, new Object[] {value}, node.line(), path);
    }
    if (!(node instanceof YamlNode.Mapping mapping)) {
      return fault(node.line(), path, "a mapping is wanted, not " + node.kind());
    }
    int before = faults.size();
    RecordComponent[] components = type.getRecordComponents();
    List<String> known = Arrays.stream(components).map(RecordComponent::getName).toList();
    mapping
        .entries()
        .forEach((key, entry) -> {
          if (!known.contains(key)) {
            fault(entry.line(), child(path, key), unknown(key, known));
          }
        });
    @Nullable Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      values[i] = component(components[i], mapping, path);
    }
    return faults.size() > before ? null : construct(type, values, node.line(), path);
  }

  private @Nullable Object component(
      RecordComponent component, YamlNode.Mapping mapping, String path) {
    String childPath = child(path, component.getName());
    YamlNode.Entry entry = mapping.entries().get(component.getName());
    if (entry == null) {
      return absent(component, mapping.line(), childPath);
    }
    Object value = value(component.getGenericType(), entry.value(), childPath);
    return value == null ? null : checkBounds(component, value, entry.line(), childPath);
  }

  private @Nullable Object absent(RecordComponent component, int line, String path) {
    Default preset = component.getAnnotation(Default.class);
    if (preset != null) {
      return defaultValue(component, preset.value(), defaultPathBase);
    }
    if (component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
      return null;
    }
    Class<?> type = component.getType();
    if (type.isRecord() && !ScalarReader.reads(type) && !type.isAnnotationPresent(Inline.class)) {
      return record(type, YamlNode.Mapping.empty(line), path);
    }
    return fault(line, path, "the key is missing and has no default");
  }

  private @Nullable Object defaultValue(RecordComponent component, String text, Path base) {
    try {
      if (component.getGenericType() instanceof ParameterizedType generic) {
        if (generic.getRawType() == Map.class) {
          return Map.of();
        }
        Class<?> itemType = (Class<?>) generic.getActualTypeArguments()[0];
        List<Object> items = new ArrayList<>();
        for (String item : text.isEmpty() ? new String[0] : text.split(",", -1)) {
          items.add(ScalarReader.read(itemType, item, base));
        }
        return items;
      }
      if (component.getType().isSealed()) {
        return choice(
            component.getType(), new YamlNode.Scalar(1, text, YamlNode.ScalarType.TEXT), "");
      }
      if (component.getType() == String.class && text.isEmpty()) {
        // Nobody may write an empty text, but it may be what is meant where nothing is written.
        return text;
      }
      return ScalarReader.read(component.getType(), text, base);
    } catch (ScalarReader.Unreadable e) {
      throw new IllegalStateException("the default of " + component + " is not readable", e);
    }
  }

  private @Nullable Object checkBounds(
      RecordComponent component, Object value, int line, String path) {
    Bounds bounds = component.getAnnotation(Bounds.class);
    if (bounds == null || within(component.getType(), bounds, value)) {
      return value;
    }
    return fault(line, path, "between " + bounds.min() + " and " + bounds.max() + " is wanted");
  }

  @SuppressWarnings("unchecked")
  private boolean within(Class<?> type, Bounds bounds, Object value) {
    try {
      Comparable<Object> comparable = (Comparable<Object>) value;
      return comparable.compareTo(ScalarReader.read(type, bounds.min(), pathBase)) >= 0
          && comparable.compareTo(ScalarReader.read(type, bounds.max(), pathBase)) <= 0;
    } catch (ScalarReader.Unreadable e) {
      throw new IllegalStateException("the bounds " + bounds + " are not readable", e);
    }
  }

  private @Nullable Object construct(
      Class<?> type, @Nullable Object[] values, int line, String path) {
    try {
      Class<?>[] types =
          Arrays.stream(type.getRecordComponents())
              .map(RecordComponent::getType)
              .toArray(Class<?>[]::new);
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Problem problem) {
        return fault(line, path, String.valueOf(problem.getMessage()));
      }
      throw new IllegalStateException("the constructor of " + type + " failed", e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + " must be public", e);
    }
  }

  private @Nullable Object fault(int line, String path, String message) {
    faults.add(new Fault(line, path, message));
    return null;
  }

  private static String unknown(String key, java.util.Collection<String> known) {
    return Nearest.to(key, known)
        .map(nearest -> "unknown key; did you mean '" + nearest + "'?")
        .orElse("unknown key; known here are " + String.join(", ", known));
  }

  private static String child(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private static String decapitalised(String name) {
    return name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
  }
}
