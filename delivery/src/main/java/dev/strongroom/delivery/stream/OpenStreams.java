package dev.strongroom.delivery.stream;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.source.ObjectRange;
import dev.strongroom.delivery.source.RangeSource;
import dev.strongroom.delivery.source.RangeStream;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The ranges that are being read now, so that a delivery that fails can end them all. */
final class OpenStreams {
  private final RangeSource source;
  private final Set<RangeStream> open = ConcurrentHashMap.newKeySet();
  private volatile boolean stopped;

  OpenStreams(RangeSource source) {
    this.source = source;
  }

  RangeStream open(ObjectRange range) {
    RangeStream stream = source.open(range);
    open.add(stream);
    if (stopped) {
      stream.close();
      throw stopped();
    }
    return new Registered(stream);
  }

  /** Ends every read, and every one that would begin later. */
  void stop() {
    stopped = true;
    open.forEach(RangeStream::close);
  }

  private static Problem stopped() {
    return new Problem(ProblemCode.SOURCE_UNAVAILABLE, "the delivery was stopped");
  }

  private final class Registered implements RangeStream {
    private final RangeStream stream;

    Registered(RangeStream stream) {
      this.stream = stream;
    }

    @Override
    public void readFully(byte[] into, int at, int length) {
      if (stopped) {
        throw stopped();
      }
      stream.readFully(into, at, length);
    }

    @Override
    public void close() {
      open.remove(stream);
      stream.close();
    }
  }
}
