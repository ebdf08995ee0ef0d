package dev.strongroom.delivery.place;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * How much memory the kernel will give, and whether it may swap: {@code proc(5)} and the memory
 * controllers of cgroups, version 1 and 2.
 */
public final class MemoryStatus {
  // Version 1 writes "no limit" as the largest multiple of a page.
  private static final long NO_LIMIT = Long.MAX_VALUE - (1 << 20);

  private final Path proc;
  private final Path cgroups;

  /** Reads the kernel's own files. */
  public MemoryStatus() {
    this(Path.of("/proc"), Path.of("/sys/fs/cgroup"));
  }

  /**
   * @param proc where procfs is
   * @param cgroups where the cgroup hierarchies are
   */
  public MemoryStatus(Path proc, Path cgroups) {
    this.proc = proc;
    this.cgroups = cgroups;
  }

  /**
   * The bytes that may still be used, as the tightest of the machine and every cgroup above this
   * process says; empty when nothing can be read.
   */
  public OptionalLong available() {
    OptionalLong machine = field(proc.resolve("meminfo"), "MemAvailable:");
    OptionalLong tightest =
        machine.isPresent() ? OptionalLong.of(machine.getAsLong() * 1024) : machine;
    for (String line : lines(proc.resolve("self/cgroup"))) {
      String[] parts = line.split(":", 3);
      if (parts.length == 3 && parts[0].equals("0") && parts[1].isEmpty()) {
        tightest = least(tightest, unified(parts[2]));
      } else if (parts.length == 3 && List.of(parts[1].split(",", -1)).contains("memory")) {
        tightest = least(tightest, legacy(parts[2]));
      }
    }
    return tightest;
  }

  /** Whether any swap device or file is in use. */
  public boolean swapEnabled() {
    return lines(proc.resolve("swaps")).size() > 1;
  }

  /** Whether the mount that holds this path was made with {@code noswap} (Linux 6.4). */
  public boolean mountedWithoutSwap(Path path) {
    String mountPoint = "";
    boolean without = false;
    for (String line : lines(proc.resolve("self/mountinfo"))) {
      String[] fields = line.split(" ", -1);
      if (fields.length < 10) {
        continue;
      }
      Path mounted = Path.of(fields[4].replace("\\040", " "));
      // A later line for the same place lies on top of an earlier one.
      if (path.startsWith(mounted) && mounted.toString().length() >= mountPoint.length()) {
        mountPoint = mounted.toString();
        without = List.of(fields[fields.length - 1].split(",", -1)).contains("noswap");
      }
    }
    return without;
  }

  private OptionalLong unified(String group) {
    return climb(cgroups, group, "memory.max", "memory.current", "inactive_file");
  }

  private OptionalLong legacy(String group) {
    return climb(
        cgroups.resolve("memory"),
        group,
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "total_inactive_file");
  }

  // Inside a container the group's path may be the host's: what does not exist here is passed over.
  private static OptionalLong climb(
      Path root, String group, String limit, String usage, String reclaimable) {
    OptionalLong tightest = OptionalLong.empty();
    Path directory = root.resolve(group.substring(Math.min(1, group.length()))).normalize();
    while (directory != null && directory.startsWith(root)) {
      OptionalLong max = number(directory.resolve(limit));
      OptionalLong used = number(directory.resolve(usage));
      if (max.isPresent() && max.getAsLong() < NO_LIMIT && used.isPresent()) {
        long cache = field(directory.resolve("memory.stat"), reclaimable).orElse(0);
        long room = Math.max(0, max.getAsLong() - used.getAsLong() + cache);
        tightest = least(tightest, OptionalLong.of(room));
      }
      directory = directory.getParent();
    }
    return tightest;
  }

  private static OptionalLong least(OptionalLong one, OptionalLong other) {
    if (one.isEmpty() || other.isEmpty()) {
      return one.isEmpty() ? other : one;
    }
    return OptionalLong.of(Math.min(one.getAsLong(), other.getAsLong()));
  }

  private static OptionalLong number(Path file) {
    List<String> lines = lines(file);
    return lines.isEmpty() ? OptionalLong.empty() : parse(lines.getFirst());
  }

  private static OptionalLong field(Path file, String name) {
    for (String line : lines(file)) {
      String[] words = line.trim().split("\\s+", -1);
      if (words.length >= 2 && words[0].equals(name)) {
        return parse(words[1]);
      }
    }
    return OptionalLong.empty();
  }

  private static OptionalLong parse(String text) {
    try {
      return OptionalLong.of(Long.parseLong(text.trim()));
    } catch (NumberFormatException e) {
      return OptionalLong.empty(); // "max" means no limit.
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}
