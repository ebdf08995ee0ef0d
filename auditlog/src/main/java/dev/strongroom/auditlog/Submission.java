package dev.strongroom.auditlog;

import java.util.concurrent.CompletableFuture;

/** An entry on its way, and the one who waits for its receipt. */
record Submission(Entry entry, CompletableFuture<Receipt> receipt, long deadlineNanos) {
  void fail(Throwable reason) {
    receipt.completeExceptionally(reason);
  }
}
