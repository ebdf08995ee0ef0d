package dev.strongroom.keyservice;

import dev.strongroom.auditlog.AuditLog;
import dev.strongroom.keyservice.decisions.DecisionStore;
import dev.strongroom.keyservice.keys.DataKeyEraser;
import dev.strongroom.keyservice.ledger.Ledger;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;

/** What the service tells of itself beside what each part counts. */
final class ServiceMeters {
  private ServiceMeters() {}

  static void bind(MeterRegistry meters, Ledger ledger, AuditLog log) {
    Gauge.builder("strongroom.leases.live", ledger, each -> each.view().liveLeases().size())
        .description("leases that have not ended")
        .register(meters);
    Gauge.builder("strongroom.log.entries", log, AuditLog::size)
        .description("durable entries of the audit log")
        .register(meters);
    Gauge.builder("strongroom.log.queue", log, AuditLog::queued)
        .description("entries that wait for the log")
        .register(meters);
    Gauge.builder("strongroom.log.failed", log, each -> each.failure().isPresent() ? 1 : 0)
        .description("1 when the log has stopped and nothing is granted")
        .register(meters);
    new JvmMemoryMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    new UptimeMetrics().bindTo(meters);
  }

  static void bind(MeterRegistry meters, DecisionStore decisions) {
    FunctionCounter.builder("strongroom.decisions.dropped", decisions, DecisionStore::dropped)
        .description("decisions that were not kept for replay")
        .register(meters);
  }

  static void bind(MeterRegistry meters, DataKeyEraser erasures) {
    Gauge.builder("strongroom.erasures.unscrubbed", erasures, DataKeyEraser::unscrubbed)
        .description("erasures after which the store was not written anew yet")
        .register(meters);
  }
}
