package dev.strongroom.cli;

import picocli.CommandLine.IVersionProvider;

/** The release as it stands in the jar's manifest. */
public final class ReleaseVersion implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String release = ReleaseVersion.class.getPackage().getImplementationVersion();
    return new String[] {"strongroom " + (release == null ? "from source" : release)};
  }
}
