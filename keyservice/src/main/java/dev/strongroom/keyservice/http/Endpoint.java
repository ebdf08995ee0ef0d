package dev.strongroom.keyservice.http;

/** Answers one call. Runs on a virtual thread of its own and may block within its limits. */
@FunctionalInterface
public interface Endpoint {
  /**
   * @throws dev.strongroom.core.problem.Problem to refuse
   */
  Answer answer(Call call);

  /**
   * Decides by the headers alone whether the body is read: asked on a virtual thread, for bodies so
   * large that a stranger must not fill the memory with one.
   *
   * @param head the call without its body
   * @return what answers the whole call; the caller abandons it when the request ends
   * @throws dev.strongroom.core.problem.Problem to refuse; the body is not read then
   */
  default Admission admit(Call head) {
    throw new IllegalStateException("a route that takes large bodies has to ask who sends them");
  }
}
