package dev.strongroom.keyservice.config.yaml;

import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/** Where the keys of a file stand, for whoever says something of them that is no fault. */
public final class Lines {
  private final @Nullable YamlNode root;

  private Lines(@Nullable YamlNode root) {
    this.root = root;
  }

  /** Of a text that may have faults. */
  public static Lines of(String yaml) {
    return new Lines(YamlParser.parse(yaml, new ArrayList<>()));
  }

  /**
   * The line of a list's item, such as the second binding.
   *
   * @param index from 0
   * @return counted from 1; 0 where it is not there
   */
  public int ofItem(String list, int index) {
    if (root instanceof YamlNode.Mapping mapping) {
      YamlNode.Entry entry = mapping.entries().get(list);
      if (entry != null
          && entry.value() instanceof YamlNode.Sequence items
          && index < items.items().size()) {
        return items.items().get(index).line();
      }
    }
    return 0;
  }

  /**
   * The line of a key of a list's item; that of the item where it has no such key.
   *
   * @param index from 0
   */
  public int ofKey(String list, int index, String key) {
    if (root instanceof YamlNode.Mapping mapping) {
      YamlNode.Entry entry = mapping.entries().get(list);
      if (entry != null
          && entry.value() instanceof YamlNode.Sequence items
          && index < items.items().size()
          && items.items().get(index) instanceof YamlNode.Mapping item) {
        YamlNode.Entry found = item.entries().get(key);
        if (found != null) {
          return found.line();
        }
      }
    }
    return ofItem(list, index);
  }
}
