package dev.strongroom.demo;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.model.embedding.onnx.OnnxEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import dev.langchain4j.store.embedding.CosineSimilarity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A consumer of weights like any other: loads an embedding model from a directory with ONNX
 * Runtime, prints how similar some sentences are, and serves until somebody stops it. It knows
 * nothing of Strongroom.
 */
public final class SimilarityConsumer {
  private static final String QUESTION = "How do I keep my model weights secret?";
  private static final String[] SENTENCES = {
    "Encrypting neural network parameters so that nobody can steal them",
    "The key is only handed to software that has proved what it is",
    "A recipe for apple pie with cinnamon",
  };

  private SimilarityConsumer() {}

  /**
   * @param args the directory of the model, and a file to write the process id to when the model is
   *     loaded
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path directory = Path.of(args[0]);
    long begin = System.nanoTime();
    OnnxEmbeddingModel model =
        new OnnxEmbeddingModel(
            directory.resolve(DemoModel.WEIGHTS),
            directory.resolve(DemoModel.TOKENIZER),
            PoolingMode.MEAN);
    System.out.printf(Locale.ROOT, "loaded in %d ms%n", (System.nanoTime() - begin) / 1_000_000);
    Embedding question = model.embed(QUESTION).content();
    System.out.println("\"" + QUESTION + "\" compared with:");
    for (String sentence : SENTENCES) {
      double similarity = CosineSimilarity.between(question, model.embed(sentence).content());
      System.out.printf(Locale.ROOT, "  %5.3f  %s%n", similarity, sentence);
    }
    Files.writeString(Path.of(args[1]), Long.toString(ProcessHandle.current().pid()));
    System.out.println("serving");
    Thread.currentThread().join();
  }
}
