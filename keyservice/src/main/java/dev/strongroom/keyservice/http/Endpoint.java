package dev.strongroom.keyservice.http;

/** Answers one call. Runs on a virtual thread of its own and may block within its limits. */
@FunctionalInterface
public interface Endpoint {
  /**
   * @throws dev.strongroom.core.problem.Problem to refuse
   */
  Answer answer(Call call);
}
