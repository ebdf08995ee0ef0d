package dev.strongroom.keyservice.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseQueryTest {
  private static final ModelVersion OTHER =
      new ModelVersion(new ModelName("acme/other"), new VersionId("1"));

  @TempDir Path folder;
  private final Events events = new Events(1);
  private Fixture fixture;
  private LeaseQuery query;
  private LogEvent.GrantIssued first;
  private LogEvent.GrantIssued second;
  private LogEvent.GrantIssued third;

  @BeforeEach
  void open() throws Exception {
    fixture = Fixture.open(folder);
    query = new LeaseQuery(fixture.store().jdbi());
    fixture.ledger().commit(view -> events.policy());
    first = grant("issuer|a", Events.CHAT);
    second = grant("issuer|b", Events.CHAT);
    third = grant("issuer|a", OTHER);
    fixture.ledger().commit(view -> events.ended(second.lease(), Lease.EndCause.EXPIRED));
    assertTrue(fixture.ledger().awaitRows(Duration.ofSeconds(20)));
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private LogEvent.GrantIssued grant(String subject, ModelVersion target) {
    LogEvent.GrantIssued grant = events.grant(subject, null, target);
    return fixture.ledger().commit(view -> grant).event();
  }

  private List<LeaseId> list(LeaseQuery.Filter filter) {
    return query.list(filter).stream().map(LeaseState::id).toList();
  }

  @Test
  void leasesAreListedNewestFirstByModelAndSubject() {
    assertEquals(
        List.of(third.lease(), second.lease(), first.lease()),
        list(new LeaseQuery.Filter(null, null, false, null, 10)));
    assertEquals(
        List.of(second.lease(), first.lease()),
        list(new LeaseQuery.Filter(Events.CHAT.model(), null, false, null, 10)));
    assertEquals(
        List.of(third.lease(), first.lease()),
        list(new LeaseQuery.Filter(null, "issuer|a", false, null, 10)));
    assertEquals(
        List.of(first.lease()),
        list(new LeaseQuery.Filter(Events.CHAT.model(), null, true, null, 10)));
  }

  @Test
  void pagesFollowOneAnother() {
    List<LeaseState> page = query.list(new LeaseQuery.Filter(null, null, false, null, 2));
    assertEquals(
        List.of(third.lease(), second.lease()), page.stream().map(LeaseState::id).toList());
    assertEquals(
        List.of(first.lease()),
        list(new LeaseQuery.Filter(null, null, false, page.getLast().index(), 2)));
  }

  @Test
  void rowsSayTheSameAsMemory() {
    for (LeaseState row : query.list(new LeaseQuery.Filter(null, null, false, null, 10))) {
      assertEquals(fixture.ledger().view().lease(row.id()).orElseThrow(), row);
    }
  }

  @Test
  void theNumberOfLeasesIsBounded() {
    for (int limit : new int[] {0, -1, LeaseQuery.MAX_LIMIT + 1}) {
      assertEquals(
          ProblemCode.MALFORMED_REQUEST,
          assertThrows(Problem.class, () -> new LeaseQuery.Filter(null, null, false, null, limit))
              .code());
    }
  }
}
