package dev.strongroom.keyservice.kms.pkcs11.broker;

import dev.strongroom.core.secret.ProcessHardening;
import dev.strongroom.keyservice.kms.pkcs11.wire.FrameReader;
import dev.strongroom.keyservice.kms.pkcs11.wire.FrameWriter;
import dev.strongroom.keyservice.kms.pkcs11.wire.Message;
import dev.strongroom.keyservice.kms.pkcs11.wire.Outcome;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;

/**
 * The broker: requests on the standard input, answers on the standard output, as many at once as
 * the token has sessions for. It ends when its input ends or its parent does, whatever the module
 * does at that moment, and it takes no arguments.
 */
public final class BrokerMain {
  private static final int OK = 0;
  private static final int FAILED = 1;

  private final FrameReader requests;
  private final FrameWriter answers;
  private final BrokerCalls calls = new BrokerCalls();

  private BrokerMain(FrameReader requests, FrameWriter answers) {
    this.requests = requests;
    this.answers = answers;
  }

  /** Runs until the input ends. */
  public static void main(String[] arguments) throws IOException {
    ProcessHardening.apply();
    // A module that writes to Java's output must not write between the frames.
    System.setOut(System.err);
    ProcessHandle.current().parent().ifPresent(BrokerMain::endWith);
    new BrokerMain(
            new FrameReader(new FileInputStream(FileDescriptor.in)),
            new FrameWriter(new FileOutputStream(FileDescriptor.out)))
        .run();
  }

  private static void endWith(ProcessHandle parent) {
    var _ = parent.onExit().thenRun(() -> Runtime.getRuntime().halt(OK));
  }

  private void run() throws IOException {
    Message open = requests.next();
    if (open == null) {
      return;
    }
    Message opened = calls.answer(open);
    answers.write(opened);
    if (opened.outcome() != Outcome.DONE) {
      return;
    }
    int sessions = calls.sessions();
    for (int i = 1; i < sessions; i++) {
      Thread.ofPlatform().name("session-" + i).daemon().start(this::serve);
    }
    serve();
  }

  // Whoever is free reads the next request and answers it: no hand-over between threads.
  private void serve() {
    try {
      for (Message request = requests.next(); request != null; request = requests.next()) {
        Message answer = calls.answer(request);
        answers.write(answer);
        answer.wipe();
      }
      Runtime.getRuntime().halt(OK);
    } catch (IOException e) {
      Runtime.getRuntime().halt(FAILED);
    }
  }
}
