package dev.strongroom.keyservice.kms.pkcs11;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a broker, and so the module in it, gets of the service's environment: variables that tell
 * modules where their files and tokens are, and nothing else. The environment of a service may hold
 * credentials, which are nothing for another maker's code.
 */
final class ModuleEnvironment {
  /** Of the system and its libraries. */
  private static final Set<String> OF_SYSTEM =
      Set.of(
          "PATH",
          "HOME",
          "USER",
          "LOGNAME",
          "TMPDIR",
          "TZ",
          "LANG",
          "LC_ALL",
          "LC_CTYPE",
          "LD_LIBRARY_PATH",
          "XDG_CONFIG_HOME",
          "XDG_RUNTIME_DIR");

  /** As the manuals of the modules name them. */
  private static final Set<String> OF_MODULES =
      Set.of(
          "SOFTHSM2_CONF",
          "KRYOPTIC_CONF",
          "OPENSC_CONF",
          "P11_KIT_SERVER_ADDRESS",
          "ChrystokiConfigurationPath", // Thales Luna
          "CS_PKCS11_R2_CFG", // Utimaco
          "CS_PKCS11_R3_CFG",
          "NFAST_HOME", // Entrust nShield
          "NFAST_SERVER",
          "NFAST_KMDATA",
          "YUBIHSM_PKCS11_CONF",
          "TPM2_PKCS11_STORE",
          "TPM2_PKCS11_TCTI",
          "KMS_PKCS11_CONFIG", // Google Cloud KMS
          "PKCS11_PROXY_SOCKET",
          "PKCS11_PROXY_TLS_PSK_FILE");

  /** Entrust nShield has many, of names of its own. */
  private static final String NSHIELD = "CKNFAST_";

  private ModuleEnvironment() {}

  /**
   * The environment of a broker.
   *
   * @param service that of the service
   * @param more names that the operator gives
   */
  static Map<String, String> of(Map<String, String> service, Collection<String> more) {
    return service.entrySet().stream()
        .filter(each -> isFor(each.getKey()) || more.contains(each.getKey()))
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static boolean isFor(String name) {
    return OF_SYSTEM.contains(name) || OF_MODULES.contains(name) || name.startsWith(NSHIELD);
  }
}
