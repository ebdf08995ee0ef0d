package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.strongroom.cli.output.JsonTable;
import dev.strongroom.cli.output.Output;

/** What a key service says of its KEKs, in lines for people, each with what to do next. */
final class KeysReport {
  private final Output output;

  KeysReport(Output output) {
    this.output = output;
  }

  /** All that {@code GET /v1/keys} says. */
  void status(JsonNode keys) {
    kek(keys.path("kek"));
    formerKeks(keys);
    output.table(JsonTable.of(counts(keys), "backend", "kek", "version", "count"));
    keys.path("missing").forEach(this::missing);
    move("Rewrap", "rewrapped", keys.path("rewrap"));
    move("Migration", "migrated", keys.path("migration"));
  }

  /** With the versions that nothing is under: whoever erases one must name it. */
  private static ArrayNode counts(JsonNode keys) {
    ArrayNode counts = keys.path("dataKeys").deepCopy();
    addEmpty(keys.path("kek"), counts);
    keys.path("formerKeks").forEach(former -> addEmpty(former, counts));
    return counts;
  }

  private static void addEmpty(JsonNode kek, ArrayNode counts) {
    for (JsonNode version : kek.path("versions")) {
      if (isEmpty(kek, version.asText(), counts)) {
        counts
            .addObject()
            .put("backend", kek.path("backend").asText())
            .put("kek", kek.path("kek").asText())
            .put("version", version.asText())
            .put("count", 0);
      }
    }
  }

  private static boolean isEmpty(JsonNode kek, String version, JsonNode counts) {
    for (JsonNode count : counts) {
      if (count.path("backend").equals(kek.path("backend"))
          && count.path("kek").equals(kek.path("kek"))
          && count.path("version").asText().equals(version)) {
        return false;
      }
    }
    return true;
  }

  private void missing(JsonNode lost) {
    long count = lost.path("count").asLong();
    output.line(
        dataKeys(count)
            + (count == 1 ? " names" : " name")
            + " version "
            + lost.path("version").asText()
            + " of "
            + lost.path("kek").asText()
            + " ("
            + lost.path("backend").asText()
            + "), which the KEK does not have: restore the KEK from a backup that is not older than"
            + " the store.");
  }

  /** The KEK after a rotation. */
  void rotated(JsonNode kek) {
    if (kek.path("newestVersion").asText().isEmpty()) {
      output.line(
          "Rotation asked for: the backend puts the new version to use in its own time. Look with"
              + " 'strongroom keys status', and move the data keys when it tells a version:"
              + " strongroom keys rewrap");
      return;
    }
    kek(kek);
    output.line("Move the data keys to it: strongroom keys rewrap");
  }

  private void kek(JsonNode kek) {
    String newest = kek.path("newestVersion").asText();
    String trouble = kek.path("trouble").asText();
    String versions = newest.isEmpty() ? "its versions are its own." : "version " + newest + ".";
    output.line(
        "The KEK is "
            + kek.path("kek").asText()
            + " ("
            + kek.path("backend").asText()
            + "), "
            + (trouble.isEmpty() ? versions : "and does not answer: " + trouble + "."));
  }

  void formerKeks(JsonNode keys) {
    keys.path("formerKeks").forEach(this::former);
  }

  private void former(JsonNode former) {
    String trouble = former.path("trouble").asText();
    output.line(
        "The former KEK "
            + former.path("kek").asText()
            + " ("
            + former.path("backend").asText()
            + (trouble.isEmpty() ? "" : ", " + trouble)
            + ") "
            + (former.path("removable").asBoolean()
                ? "holds no data key: it may be removed from the configuration."
                : "holds "
                    + dataKeys(former.path("dataKeys").asLong())
                    + ": run 'strongroom keys migrate'."));
  }

  /** What is left to do when a rewrap is done. */
  void afterRewrap(JsonNode keys) {
    JsonNode kek = keys.path("kek");
    for (JsonNode version : kek.path("versions")) {
      if (!version.equals(kek.path("newestVersion"))
          && isEmpty(kek, version.asText(), keys.path("dataKeys"))) {
        output.line(
            "Nothing is under version "
                + version.asText()
                + " any more: 'strongroom keys erase --backend "
                + kek.path("backend").asText()
                + " --kek "
                + kek.path("kek").asText()
                + " --kek-version "
                + version.asText()
                + "' ends it for good, old backups of the store with it.");
      }
    }
    for (JsonNode former : keys.path("formerKeks")) {
      if (!former.path("removable").asBoolean()) {
        former(former);
      }
    }
  }

  /** How far a move is; nothing where none was asked for. */
  void move(String name, String count, JsonNode move) {
    String state = state(move);
    if (state.equals("none")) {
      return;
    }
    String stopped = move.path("stoppedBy").asText();
    String waitsFor = move.path("waitsFor").asText();
    long failed = move.path("failed").asLong();
    output.line(
        name
            + " "
            + state
            + (stopped.isEmpty() ? "" : " by " + stopped)
            + ": "
            + move.path(count).asLong()
            + " moved, "
            + failed
            + " failed, of "
            + move.path("looked").asLong()
            + " looked at"
            + (waitsFor.isEmpty() ? "" : "; it waits for the key backend (" + waitsFor + ")")
            + ".");
    if (!state.equals("running") && (failed > 0 || !stopped.isEmpty())) {
      output.line(
          failed > 0
              ? "The service's log names each data key that was not moved, and why."
              : "The service's log says why. Run it again then: it goes on from there.");
    }
  }

  static String state(JsonNode move) {
    return move.path("state").asText();
  }

  void erased(String name, JsonNode erased) {
    output.line("Erased: " + name + ".");
    if (erased.has("ended")) {
      int ended = erased.path("ended").size();
      int pending = erased.path("pending").size();
      output.line(
          ended
              + (ended == 1 ? " lease" : " leases")
              + " ended, "
              + pending
              + (pending == 1 ? " ends" : " end")
              + " soon.");
    }
    output.line("What remains:");
    erased.path("remains").forEach(each -> output.line("  " + each.asText()));
  }

  private static String dataKeys(long count) {
    return count + (count == 1 ? " data key" : " data keys");
  }
}
