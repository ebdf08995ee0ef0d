package dev.strongroom.keyservice.kms.pkcs11.broker;

import dev.strongroom.core.secret.ProcessHardening;
import dev.strongroom.keyservice.kms.pkcs11.wire.FrameReader;
import dev.strongroom.keyservice.kms.pkcs11.wire.FrameWriter;
import dev.strongroom.keyservice.kms.pkcs11.wire.Message;
import dev.strongroom.keyservice.kms.pkcs11.wire.Outcome;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The broker: requests on the standard input, answers on the standard output, as many at once as
 * the token has sessions for. It ends when its input ends or its parent does, whatever the module
 * does at that moment, and it takes no arguments.
 */
public final class BrokerMain {
  private static final int OK = 0;
  private static final int FAILED = 1;

  /** To be woken takes about as long. */
  private static final long SPIN_NANOS = 50_000;

  /** So many answers of a quick token are sent together, where as many requests have come. */
  private static final int TOGETHER = 4;

  private final FrameReader requests;
  private final FrameWriter answers;
  private final BrokerCalls calls = new BrokerCalls();
  private final Pace pace = new Pace();
  private final ReentrantLock turn = new ReentrantLock();

  private BrokerMain(FrameReader requests, FrameWriter answers) {
    this.requests = requests;
    this.answers = answers;
  }

  /** Runs until the input ends. */
  public static void main(String[] arguments) throws IOException {
    ProcessHardening.apply();
    // Before the module is loaded: what it or Java prints must not be between the frames.
    FrameOutput frames = FrameOutput.ofStandardOutput();
    System.setOut(System.err);
    ProcessHandle.current().parent().ifPresent(BrokerMain::endWith);
    new BrokerMain(
            new FrameReader(new FileInputStream(FileDescriptor.in), SPIN_NANOS),
            new FrameWriter(frames))
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
    // Whether a token without the KEK is of use is for the service to say.
    if (opened.outcome() != Outcome.DONE && opened.outcome() != Outcome.UNKNOWN_KEK) {
      return;
    }
    int sessions = calls.sessions();
    for (int i = 1; i < sessions; i++) {
      Thread.ofPlatform().name("session-" + i).daemon().start(this::serve);
    }
    serve();
  }

  // Whoever has the turn reads the next request and answers it: no hand-over between threads. The
  // turn is kept meanwhile, unless the token is so slow that another call should begin beside it.
  private void serve() {
    try {
      for (Message request = next(); request != null; request = next()) {
        answer(request);
      }
      Runtime.getRuntime().halt(OK);
    } catch (IOException e) {
      Runtime.getRuntime().halt(FAILED);
    } catch (RuntimeException e) {
      // An answer that fits into no frame: who asked would wait for it.
      e.printStackTrace();
      Runtime.getRuntime().halt(FAILED);
    }
  }

  /** One to be answered without the turn; null at the end. */
  private @Nullable Message next() throws IOException {
    turn.lock();
    try {
      List<Message> answered = new ArrayList<>(TOGETHER);
      Message request = requests.next();
      while (request != null && isShort(request) && pace.suffices()) {
        answered.add(timed(request));
        if (answered.size() == TOGETHER || !requests.isAhead()) {
          send(answered);
        }
        request = requests.next();
      }
      send(answered);
      return request;
    } finally {
      turn.unlock();
    }
  }

  private static boolean isShort(Message request) {
    return switch (request.request()) {
      case WRAP, UNWRAP -> true;
      case OPEN, STATUS, ROTATE, DESTROY -> false;
    };
  }

  private void answer(Message request) throws IOException {
    Message answer = timed(request);
    answers.write(answer);
    answer.wipe();
  }

  private Message timed(Message request) {
    long began = pace.begin();
    try {
      return calls.answer(request);
    } finally {
      pace.end(began);
    }
  }

  private void send(List<Message> answered) throws IOException {
    if (!answered.isEmpty()) {
      answers.write(answered);
      answered.forEach(Message::wipe);
      answered.clear();
    }
  }
}
