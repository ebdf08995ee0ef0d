package dev.strongroom.keyservice.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.publish.TestPublisher.Opened;
import dev.strongroom.keyservice.storage.ObjectStorage;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Completing an object over a storage whose answers do not arrive. */
class CompletionTest extends PublishTestBase {
  private static final ModelVersion CHAT =
      new ModelVersion(new ModelName("acme/chat"), new VersionId("1"));

  /** The storage, once it has done what it was asked and then failed with these codes. */
  private ObjectStorage failing(
      Optional<ProblemCode> complete, Optional<ProblemCode> head, boolean done) {
    return (ObjectStorage)
        Proxy.newProxyInstance(
            ObjectStorage.class.getClassLoader(),
            new Class<?>[] {ObjectStorage.class},
            (proxy, method, arguments) -> {
              Optional<ProblemCode> failure =
                  switch (method.getName()) {
                    case "complete" -> complete;
                    case "head" -> head;
                    default -> Optional.empty();
                  };
              try {
                Object answer =
                    failure.isPresent() && !done ? null : method.invoke(storage, arguments);
                if (failure.isPresent()) {
                  throw new Problem(failure.get(), method.getName());
                }
                return answer;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private Upload.Completed completeOver(ObjectStorage failing) {
    Opened draft = publisher.open(flow(), CHAT);
    byte[] bytes = new byte[1000];
    Upload.Begun object = publisher.begin(flow(), draft, bytes.length);
    List<Upload.Part> parts = publisher.putParts(flow(), draft, object, bytes);
    stage.close();
    stage = new PublishStage(folder, failing, key);
    return publisher.complete(flow(), draft, object.objectName(), parts);
  }

  @Test
  void findsWhatAStoragePutTogetherBeforeItFailed() {
    Optional<ProblemCode> lost = Optional.of(ProblemCode.STORAGE_UNAVAILABLE);
    assertEquals(1000, completeOver(failing(lost, Optional.empty(), true)).size());
  }

  @Test
  void asksForAnotherTryWhenItCannotLook() {
    ObjectStorage gone =
        failing(
            Optional.of(ProblemCode.OBJECT_MISMATCH),
            Optional.of(ProblemCode.STORAGE_UNAVAILABLE),
            true);
    Problem problem = assertThrows(Problem.class, () -> completeOver(gone));
    assertEquals(ProblemCode.STORAGE_UNAVAILABLE, problem.code());
    assertTrue(problem.getSuppressed()[0].toString().contains("complete"), problem::toString);
  }

  @Test
  void tellsTheFirstFailureThatMayBeRepeated() {
    Optional<ProblemCode> down = Optional.of(ProblemCode.STORAGE_UNAVAILABLE);
    Problem problem = assertThrows(Problem.class, () -> completeOver(failing(down, down, false)));
    assertEquals("complete", problem.getMessage());
  }
}
