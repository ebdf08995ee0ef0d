package dev.strongroom.cli.publish;

import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestDigest;
import dev.strongroom.core.manifest.ManifestFile;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.cyclonedx.Version;
import org.cyclonedx.exception.GeneratorException;
import org.cyclonedx.generators.BomGeneratorFactory;
import org.cyclonedx.model.Bom;
import org.cyclonedx.model.Component;
import org.cyclonedx.model.Hash;
import org.cyclonedx.model.Metadata;
import org.cyclonedx.model.Property;

/**
 * The bill of materials of a published version (CycloneDX 1.6): one component of type {@code
 * machine-learning-model}, its files with their digests inside, and what binds it to the grant.
 */
public final class ModelBom {
  private final Manifest manifest;
  private final ManifestDigest digest;

  public ModelBom(Manifest manifest, ManifestDigest digest) {
    this.manifest = manifest;
    this.digest = digest;
  }

  /** The JSON form. The same manifest gives the same bytes. */
  public byte[] toJson() {
    Bom bom = new Bom();
    bom.setSerialNumber("urn:uuid:" + UUID.nameUUIDFromBytes(digest.bytes()));
    Metadata metadata = new Metadata();
    metadata.setTimestamp(Date.from(Instant.parse(manifest.createdAt())));
    bom.setMetadata(metadata);
    bom.addComponent(model());
    try {
      return BomGeneratorFactory.createJson(Version.VERSION_16, bom)
          .toJsonString()
          .getBytes(StandardCharsets.UTF_8);
    } catch (GeneratorException e) {
      throw new IllegalStateException("a bill of materials is always JSON", e);
    }
  }

  private Component model() {
    Component model = new Component();
    model.setType(Component.Type.MACHINE_LEARNING_MODEL);
    model.setBomRef("model");
    model.setGroup(manifest.model().organisation());
    model.setName(manifest.model().name());
    model.setVersion(manifest.version().value());
    model.addProperty(new Property("strongroom:manifest-digest", "sha256:" + digest));
    model.addProperty(new Property("strongroom:data-key-id", manifest.dataKeyId().value()));
    if (manifest.omsRootDigest() != null) {
      model.addProperty(
          new Property("strongroom:oms-root-digest", "sha256:" + manifest.omsRootDigest()));
    }
    manifest.files().forEach(file -> model.addComponent(file(file)));
    return model;
  }

  private static Component file(ManifestFile file) {
    Component component = new Component();
    component.setType(Component.Type.FILE);
    component.setBomRef(String.format(Locale.ROOT, "file-%d", file.index()));
    component.setName(file.path().value());
    component.setHashes(List.of(new Hash(Hash.Algorithm.SHA_256, file.sha256().hex())));
    component.addProperty(
        new Property("strongroom:plaintext-size", Long.toString(file.plaintextSize())));
    return component;
  }
}
