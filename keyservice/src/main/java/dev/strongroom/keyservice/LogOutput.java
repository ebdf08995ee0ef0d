package dev.strongroom.keyservice;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.io.Console;
import java.util.List;

/**
 * How the service logs: lines for a person on a terminal, one JSON object per line otherwise, both
 * to standard error. Set up in code, because reading XML costs a fifth of a second at each start.
 */
public final class LogOutput extends ContextAwareBase implements Configurator {
  private static final List<String> TALKATIVE =
      List.of(
          "io.netty", "io.vertx", "com.zaxxer", "org.flywaydb", "software.amazon", "org.apache");

  /** Called by logback, by name. */
  public LogOutput() {}

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
    console.setContext(context);
    console.setTarget("System.err");
    console.setEncoder(isTerminal() ? lines(context) : json(context));
    console.start();
    var root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(console);
    TALKATIVE.forEach(name -> context.getLogger(name).setLevel(Level.WARN));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  // JDK 22 to 24 gave a console in any case; before and since there is none without a terminal.
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  private static Encoder<ILoggingEvent> lines(LoggerContext context) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern("%d{HH:mm:ss.SSS} %-5level %msg %kvp%n%rEx{short}");
    encoder.start();
    return encoder;
  }

  private static Encoder<ILoggingEvent> json(LoggerContext context) {
    LogLines encoder = new LogLines();
    encoder.setContext(context);
    encoder.start();
    return encoder;
  }
}
