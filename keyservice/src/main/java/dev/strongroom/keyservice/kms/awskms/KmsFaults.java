package dev.strongroom.keyservice.kms.awskms;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.kms.RetryAfter;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.time.Duration;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * What an exception of the SDK means. By the error code and not by the status: KMS throttles with
 * 400. An exception of a client that got no answer is the backend being away. What is not known
 * here is never tampering.
 */
final class KmsFaults {
  private static final Set<String> THROTTLED =
      Set.of(
          "ThrottlingException",
          "Throttling",
          "ThrottledException",
          "RequestThrottled",
          "RequestThrottledException",
          "RequestLimitExceeded",
          "LimitExceededException",
          "TooManyRequestsException",
          "SlowDown");

  /** KMS cannot, for now; or a credential has just ended, and the SDK fetches the next. */
  private static final Set<String> AWAY =
      Set.of(
          "KMSInternalException",
          "DependencyTimeoutException",
          "KeyUnavailableException",
          "InternalFailure",
          "InternalServerError",
          "ServiceUnavailable",
          "ServiceUnavailableException",
          "RequestTimeout",
          "RequestTimeoutException",
          "RequestExpired",
          "ExpiredTokenException",
          "ExpiredToken");

  /** What KMS says of a ciphertext that is not whole, not of this key, or of another context. */
  private static final Set<String> NOT_THE_WRAPPED_KEY =
      Set.of("InvalidCiphertextException", "IncorrectKeyException");

  private static final Set<String> NOT_ROTATABLE =
      Set.of(
          "UnsupportedOperationException",
          "AccessDeniedException",
          "LimitExceededException",
          "ConflictException");

  private KmsFaults() {}

  static Problem of(SdkException thrown) {
    if (!(thrown instanceof AwsServiceException answer)) {
      return new Problem(
          ProblemCode.KEY_BACKEND_UNAVAILABLE,
          "AWS KMS gave no answer: check network, endpoint and credentials of the service",
          thrown);
    }
    String code = code(answer);
    if (THROTTLED.contains(code)) {
      return new Problem(
          ProblemCode.KEY_BACKEND_THROTTLED,
          "AWS KMS wants fewer calls (" + code + "): ask later, or raise its request quota",
          thrown,
          retryAfter(answer));
    }
    if (AWAY.contains(code) || answer.statusCode() >= 500) {
      return new Problem(
          ProblemCode.KEY_BACKEND_UNAVAILABLE,
          "AWS KMS cannot answer (" + code + ")",
          thrown,
          retryAfter(answer));
    }
    if (NOT_THE_WRAPPED_KEY.contains(code)) {
      return WrappedKey.refused("AWS KMS says that it is not for this key and context: " + code);
    }
    return new Problem(
        ProblemCode.KEK_UNUSABLE,
        "AWS KMS refuses the key or this service ("
            + code
            + "): check the state of the key, its policy and the role of the service",
        thrown);
  }

  static Problem ofRotation(SdkException thrown, String keyArn) {
    if (thrown instanceof AwsServiceException answer && NOT_ROTATABLE.contains(code(answer))) {
      return new Problem(
          ProblemCode.KEK_ROTATION_UNSUPPORTED,
          "AWS KMS does not rotate this key for the service ("
              + code(answer)
              + "): an administrator of the key runs aws kms rotate-key-on-demand --key-id "
              + keyArn
              + ", for a multi-region key on its primary",
          thrown);
    }
    return of(thrown);
  }

  static Problem ofDeletion(SdkException thrown, String keyArn) {
    if (thrown instanceof AwsServiceException answer
        && code(answer).equals("AccessDeniedException")) {
      return new Problem(
          ProblemCode.KEK_ERASE_UNSUPPORTED,
          "the service may not end this key: an administrator of the key runs aws kms"
              + " schedule-key-deletion --key-id "
              + keyArn
              + " --pending-window-in-days 30",
          thrown);
    }
    return of(thrown);
  }

  private static Duration retryAfter(AwsServiceException answer) {
    return answer.awsErrorDetails() == null || answer.awsErrorDetails().sdkHttpResponse() == null
        ? Duration.ZERO
        : RetryAfter.parse(
            answer
                .awsErrorDetails()
                .sdkHttpResponse()
                .firstMatchingHeader("Retry-After")
                .orElse(null));
  }

  private static String code(AwsServiceException answer) {
    return answer.awsErrorDetails() == null || answer.awsErrorDetails().errorCode() == null
        ? "status " + answer.statusCode()
        : answer.awsErrorDetails().errorCode();
  }
}
