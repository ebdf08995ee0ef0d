package dev.strongroom.cli.publish;

import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.HashMap;
import java.util.Map;

/**
 * The presigned URLs of one object, fetched in batches as they are needed: few enough that they do
 * not lapse before their turn. Safe for several threads.
 */
final class PartUrls {
  private static final int BATCH = 32;

  private final OpenDraft draft;
  private final String objectName;
  private final int partCount;
  private final Map<Integer, Upload.PartUrl> urls = new HashMap<>();

  PartUrls(OpenDraft draft, String objectName, int partCount) {
    this.draft = draft;
    this.objectName = objectName;
    this.partCount = partCount;
  }

  /** The URL of this part; it is not handed out again. */
  synchronized Upload.PartUrl take(int part) {
    Upload.PartUrl known = urls.remove(part);
    return known != null ? known : fetch(part, Math.min(BATCH, partCount - part + 1));
  }

  /** A new URL, because the last one was refused. The others of its batch are dropped too. */
  synchronized Upload.PartUrl renew(int part) {
    urls.clear();
    return fetch(part, 1);
  }

  private Upload.PartUrl fetch(int part, int count) {
    draft.partUrls(objectName, part, count).forEach(url -> urls.put(url.number(), url));
    Upload.PartUrl url = urls.remove(part);
    if (url == null) {
      throw new Problem(
          ProblemCode.INTERNAL, "the service left out the URL of a part that was asked for");
    }
    return url;
  }
}
