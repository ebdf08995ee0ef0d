package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The security versions of a kind of platform and how Intel judges them (Provisioning Certification
 * Service API version 4, "TCB Info V3", id TDX).
 *
 * @param fmspc the kind of platform, 6 bytes
 * @param pceId which provisioning certification enclave, 2 bytes
 * @param module the TDX module of major version 0
 * @param modules the TDX modules of later major versions
 * @param levels the highest first
 */
record TcbInfo(
    Instant issueDate,
    Instant nextUpdate,
    int tcbEvaluationDataNumber,
    Bytes fmspc,
    Bytes pceId,
    ModuleRule module,
    List<ModuleIdentity> modules,
    List<Level> levels)
    implements Collateral {
  private static final String WHAT = "TCB info";
  private static final int COMPONENTS = 16;
  private static final int MAX_SVN = 0xffff;

  /**
   * Who signed a module and what attributes it has where the mask is set.
   *
   * @param mrSigner 48 bytes
   * @param attributes 8 bytes
   * @param mask 8 bytes
   */
  record ModuleRule(Bytes mrSigner, Bytes attributes, Bytes mask) {}

  /**
   * A module of a major version above 0.
   *
   * @param id {@code TDX_01}
   */
  record ModuleIdentity(String id, ModuleRule rule, List<IsvLevel> levels) {}

  /**
   * What a platform must reach to be judged so.
   *
   * @param sgxSvns 16 security versions, a byte each
   * @param tdxSvns 16 security versions, a byte each
   */
  record Level(Bytes sgxSvns, int pceSvn, Bytes tdxSvns, TcbVerdict verdict) {}

  TcbInfo {
    modules = List.copyOf(modules);
    levels = List.copyOf(levels);
  }

  /**
   * Reads the signed bytes.
   *
   * @return empty when it is of SGX
   * @throws AttestationException {@link AttestationCode#ENDORSEMENT_MALFORMED}
   */
  static Optional<TcbInfo> read(Bytes signed) {
    CollateralFields info = CollateralFields.of(signed, WHAT);
    if (info.text("id").equals("SGX")) {
      return Optional.empty();
    }
    info.require("id", "TDX");
    info.require("version", 3);
    info.require("tcbType", 0); // how security versions compare: each by itself
    return Optional.of(
        new TcbInfo(
            info.instant("issueDate"),
            info.instant("nextUpdate"),
            info.integer("tcbEvaluationDataNumber", Integer.MAX_VALUE),
            info.hex("fmspc", 6),
            info.hex("pceId", 2),
            rule(info.object("tdxModule")),
            info.objects("tdxModuleIdentities").stream().map(TcbInfo::identity).toList(),
            info.objects("tcbLevels").stream().map(TcbInfo::level).toList()));
  }

  @Override
  public String what() {
    return WHAT;
  }

  private static ModuleRule rule(CollateralFields module) {
    return new ModuleRule(
        module.hex("mrsigner", 48), module.hex("attributes", 8), module.hex("attributesMask", 8));
  }

  private static ModuleIdentity identity(CollateralFields module) {
    return new ModuleIdentity(module.text("id"), rule(module), IsvLevel.list(module));
  }

  private static Level level(CollateralFields level) {
    CollateralFields tcb = level.object("tcb");
    return new Level(
        svns(tcb, "sgxtcbcomponents"),
        tcb.integer("pcesvn", MAX_SVN),
        svns(tcb, "tdxtcbcomponents"),
        level.verdict());
  }

  private static Bytes svns(CollateralFields tcb, String name) {
    List<CollateralFields> components = tcb.objects(name);
    if (components.size() != COMPONENTS) {
      throw tcb.wrong(name, "a list of " + COMPONENTS);
    }
    byte[] svns = new byte[COMPONENTS];
    for (int i = 0; i < COMPONENTS; i++) {
      svns[i] = (byte) components.get(i).integer("svn", 0xff);
    }
    return Bytes.of(svns);
  }
}
