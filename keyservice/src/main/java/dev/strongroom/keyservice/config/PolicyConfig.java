package dev.strongroom.keyservice.config;

import dev.strongroom.keyservice.config.yaml.Bounds;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Policies that are approved before they take effect.
 *
 * @param approvers whose signatures count
 * @param threshold how many of them it takes
 */
public record PolicyConfig(
    List<ApproverConfig> approvers, @Bounds(min = "1", max = "16") Integer threshold) {
  public PolicyConfig {
    approvers = List.copyOf(approvers);
    Set<String> names = new HashSet<>();
    for (ApproverConfig approver : approvers) {
      KeyServiceConfig.check(
          names.add(approver.name()),
          "approvers: the name '" + approver.name() + "' is there twice");
    }
    KeyServiceConfig.check(
        approvers.size() <= 16, "approvers: at most 16, as many as one envelope has signatures");
    KeyServiceConfig.check(
        threshold <= approvers.size(), "threshold: there are fewer approvers than must sign");
  }

  /**
   * Somebody who approves.
   *
   * @param publicKeyFile PEM of a SubjectPublicKeyInfo: P-256 or Ed25519
   */
  public record ApproverConfig(String name, Path publicKeyFile) {}
}
