package dev.strongroom.demo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Tells the story: numbered steps, what was done, what was seen, how long it took. */
final class Narrator {
  private final PrintStream out;
  private final List<String> summary = new ArrayList<>();
  private int steps;

  Narrator(PrintStream out) {
    this.out = out;
  }

  /** What a step does; throws when it does not end as it should. */
  interface Step {
    void run() throws Exception;
  }

  void step(String title, Step step) throws Exception {
    steps++;
    out.printf(Locale.ROOT, "%n%d. %s%n", steps, title);
    long begin = System.nanoTime();
    step.run();
    double seconds = (System.nanoTime() - begin) / 1e9;
    out.printf(Locale.ROOT, "   done in %.2f s%n", seconds);
    summary.add(String.format(Locale.ROOT, "%2d. %-72s %6.2f s", steps, title, seconds));
  }

  /** A command as a person would type it. */
  void command(String line) {
    out.println("   $ " + line);
  }

  void say(String text) {
    text.lines().forEach(line -> out.println("   | " + line));
  }

  void summary() {
    out.println();
    out.println("Summary");
    summary.forEach(out::println);
    out.println("Every step ended as it should. Nothing is left running.");
  }
}
