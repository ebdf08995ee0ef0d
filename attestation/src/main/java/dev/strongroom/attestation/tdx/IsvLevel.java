package dev.strongroom.attestation.tdx;

import java.util.List;
import java.util.Optional;

/**
 * What a module or an enclave must reach to be judged so.
 *
 * @param isvSvn its security version
 */
record IsvLevel(int isvSvn, TcbVerdict verdict) {
  private static final int MAX_SVN = 0xffff;

  /** The levels of this module or enclave, the highest first. */
  static List<IsvLevel> list(CollateralFields owner) {
    return owner.objects("tcbLevels").stream()
        .map(level -> new IsvLevel(level.object("tcb").integer("isvsvn", MAX_SVN), level.verdict()))
        .toList();
  }

  /** The first that this security version reaches. */
  static Optional<TcbVerdict> reached(List<IsvLevel> levels, int isvSvn) {
    return levels.stream()
        .filter(level -> isvSvn >= level.isvSvn)
        .findFirst()
        .map(IsvLevel::verdict);
  }
}
