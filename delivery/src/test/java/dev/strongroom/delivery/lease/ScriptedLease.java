package dev.strongroom.delivery.lease;

import dev.strongroom.core.grant.Lease;

/** A lease whose service answers nothing, for tests that override what they need. */
class ScriptedLease implements LeaseService {
  @Override
  public String renew(long sequence) {
    throw new IllegalStateException("no renewal is scripted");
  }

  @Override
  public Events events() {
    throw new IllegalStateException("no events are scripted");
  }

  @Override
  public void wiped(Lease.Wiped wiped) {
    throw new IllegalStateException("no acknowledgement is scripted");
  }
}
