package dev.strongroom.testkit.kms;

import java.nio.file.Path;
import java.util.Map;

/**
 * An initialised PKCS#11 token without keys.
 *
 * @param module its shared library
 * @param arguments what the module wants at its start; may be empty
 * @param label of the token
 * @param pinFile the PIN of its user, mode 600
 * @param environment what a process that loads the module needs in its environment
 */
public record TestToken(
    Path module, String arguments, String label, Path pinFile, Map<String, String> environment) {}
