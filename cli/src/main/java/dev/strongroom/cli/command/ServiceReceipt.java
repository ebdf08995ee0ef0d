package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.auditlog.Receipt;
import dev.strongroom.auditlog.ReceiptVerifier;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.connect.TrustFile;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Instant;

/** One entry of the service's log, with the proof that it stands there. */
final class ServiceReceipt {
  private ServiceReceipt() {}

  /**
   * Fetches and verifies it.
   *
   * @throws Problem {@link ProblemCode#RECEIPT_INVALID} for that of another entry, and whatever the
   *     service answers
   * @throws dev.strongroom.auditlog.AuditLogException when it does not verify
   */
  static Receipt verified(ConnectionOptions connection, Instant now, long index) {
    LogTrust trust = TrustFile.logTrust(connection.trust());
    try (Session session = connection.session()) {
      JsonNode answer = session.get("/v1/log/receipts/" + index);
      byte[] leaf = new Blob(answer.path("leaf").asText("")).bytes();
      Receipt receipt = Receipt.parse(answer.path("receipt").asText(""), leaf);
      if (ReceiptVerifier.verify(receipt, leaf, trust, now).index() != index) {
        throw new Problem(
            ProblemCode.RECEIPT_INVALID, "the service sent the receipt of another entry");
      }
      return receipt;
    }
  }
}
