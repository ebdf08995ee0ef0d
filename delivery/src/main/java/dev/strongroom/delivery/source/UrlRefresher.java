package dev.strongroom.delivery.source;

import dev.strongroom.core.grant.ObjectUrl;
import java.util.List;

/** Asks for fresh URLs under a live lease. */
@FunctionalInterface
public interface UrlRefresher {
  /**
   * The URLs of these files.
   *
   * @param indexes 1 to 256 indexes of files
   * @throws dev.strongroom.core.problem.Problem {@code lease-ended} and whatever the service
   *     answers
   */
  List<ObjectUrl> refresh(List<Integer> indexes);
}
