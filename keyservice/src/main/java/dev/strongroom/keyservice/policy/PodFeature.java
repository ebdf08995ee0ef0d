package dev.strongroom.keyservice.policy;

import java.util.Locale;

/**
 * What gives others a way to the memory or the files of our container. Refused unless a rule of the
 * policy allows it.
 */
public enum PodFeature {
  /** A container with all rights on its node. */
  PRIVILEGED,
  HOST_NETWORK,
  HOST_PID,
  HOST_IPC,
  /** The other containers see our processes, and so their memory. */
  SHARE_PROCESS_NAMESPACE,
  /** A container that was put into the running pod. */
  EPHEMERAL_CONTAINERS,
  /** {@code NVIDIA_VISIBLE_DEVICES}: GPUs that nobody assigned to the pod. */
  NVIDIA_VISIBLE_DEVICES;

  /** The spelling in policies: lower case with hyphens. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
