package dev.strongroom.core.grant;

/**
 * The JOSE {@code typ} of each signed message, so that none can be taken for another (RFC 8725
 * section 3.11).
 */
public final class MessageType {
  public static final String GRANT_REQUEST = "strongroom-grant-request+jwt";
  public static final String DRAFT_REQUEST = "strongroom-draft-request+jwt";
  public static final String GRANT = "strongroom-grant+jwt";
  public static final String DRAFT_GRANT = "strongroom-draft-grant+jwt";
  public static final String LEASE_STATEMENT = "strongroom-lease+jwt";
  public static final String LEASE_EVENT = "strongroom-lease-event+jwt";

  /** A proof of possession for one request (RFC 9449 section 4.2). */
  public static final String DPOP = "dpop+jwt";

  private MessageType() {}
}
