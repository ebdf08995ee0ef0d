package dev.strongroom.it;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Dependencies point one way, and each SDK stays in the room that is built around it. */
@AnalyzeClasses(
    packages = "dev.strongroom",
    importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoBenchmarks.class})
class ArchitectureTest {

  /** They measure SDKs beside ours, and are not shipped. */
  static final class NoBenchmarks implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("/benchmarks");
    }
  }

  @ArchTest
  static final ArchRule MODULES_POINT_ONE_WAY =
      layeredArchitecture()
          .consideringOnlyDependenciesInAnyPackage("dev.strongroom..")
          .layer("core")
          .definedBy("dev.strongroom.core..")
          .layer("attestation")
          .definedBy("dev.strongroom.attestation..")
          .layer("auditlog")
          .definedBy("dev.strongroom.auditlog..")
          .layer("delivery")
          .definedBy("dev.strongroom.delivery..")
          .layer("keyservice")
          .definedBy("dev.strongroom.keyservice..")
          .layer("sidecar")
          .definedBy("dev.strongroom.sidecar..")
          .layer("init")
          .definedBy("dev.strongroom.init..")
          .layer("cli")
          .definedBy("dev.strongroom.cli..")
          .layer("testkit")
          .definedBy("dev.strongroom.testkit..")
          .whereLayer("core")
          .mayNotAccessAnyLayer()
          .whereLayer("attestation")
          .mayNotAccessAnyLayer()
          .whereLayer("auditlog")
          .mayNotAccessAnyLayer()
          .whereLayer("delivery")
          .mayOnlyAccessLayers("core", "auditlog")
          .whereLayer("keyservice")
          .mayOnlyAccessLayers("core", "attestation", "auditlog")
          .whereLayer("sidecar")
          .mayOnlyAccessLayers("core", "delivery")
          .whereLayer("init")
          .mayOnlyAccessLayers("core", "delivery")
          .whereLayer("cli")
          .mayOnlyAccessLayers("core", "attestation", "auditlog", "delivery", "keyservice")
          .whereLayer("testkit")
          .mayOnlyAccessLayers("core");

  @ArchTest
  static final ArchRule CORE_HAS_NO_FRAMEWORK =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.strongroom.core..", "dev.strongroom.attestation..", "dev.strongroom.auditlog..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.vertx..", "software.amazon..", "org.jdbi..", "io.micrometer..");

  @ArchTest
  static final ArchRule AWS_SDK_STAYS_IN_ITS_BACKENDS =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.strongroom.keyservice.storage.s3..", "dev.strongroom.keyservice.kms.awskms..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("software.amazon.awssdk..");

  @ArchTest
  static final ArchRule SPIFFE_STAYS_IN_ITS_ROOMS =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.strongroom.keyservice.identity.spiffe..",
              "dev.strongroom.delivery.spiffe..",
              "dev.strongroom.testkit.spiffe..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.spiffe..", "io.grpc..");

  @ArchTest
  static final ArchRule VERTX_STAYS_IN_HTTP =
      noClasses()
          .that()
          .resideInAPackage("dev.strongroom..")
          .and()
          .resideOutsideOfPackages("dev.strongroom.keyservice.http..", "dev.strongroom.keyservice")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.vertx..");

  @ArchTest
  static final ArchRule TINK_STAYS_IN_ITS_BACKEND =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.strongroom.keyservice.kms.tink..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.google.crypto.tink..");

  @ArchTest
  static final ArchRule SQL_STAYS_IN_STORES =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.strongroom.keyservice.http..",
              "dev.strongroom.keyservice.grant..",
              "dev.strongroom.keyservice.policy..",
              "dev.strongroom.keyservice.identity..",
              "dev.strongroom.keyservice.kms..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.jdbi..", "java.sql..");
}
