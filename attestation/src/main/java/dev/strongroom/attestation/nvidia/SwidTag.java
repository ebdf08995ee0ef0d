package dev.strongroom.attestation.nvidia;

import dev.strongroom.attestation.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** Reads the reference measurements of a SWID tag (ISO/IEC 19770-2:2015) whose signature held. */
final class SwidTag {
  private static final String SWID = "http://standards.iso.org/iso/19770/-2/2015/schema.xsd";
  private static final String HASH = "http://www.w3.org/2001/04/xmlenc#sha384";
  private static final int MAX_INDEX = 255;
  private static final int MAX_ALTERNATIVES = 64;
  private static final int DIGEST_DIGITS = 96;

  private SwidTag() {}

  static Rim read(Element root) {
    if (!SWID.equals(root.getNamespaceURI()) || !"SoftwareIdentity".equals(root.getLocalName())) {
      throw ReferenceMeasurements.invalid("are no SWID tag", null);
    }
    Element meta = only(root, "Meta");
    SortedMap<Integer, List<Bytes>> golden = new TreeMap<>();
    for (Element resource : children(only(root, "Payload"), "Resource")) {
      if (resource.getAttribute("type").equals("Measurement")
          && resource.getAttribute("active").equals("True")
          && golden.put(number(resource, "index", MAX_INDEX), values(resource)) != null) {
        throw ReferenceMeasurements.invalid("name a measurement twice", null);
      }
    }
    String version = meta.getAttribute("colloquialVersion");
    String product = meta.getAttribute("product");
    if (version.isEmpty() || product.isEmpty() || golden.isEmpty()) {
      throw ReferenceMeasurements.invalid("have no product, version or measurement", null);
    }
    return new Rim(product, version, golden);
  }

  private static List<Bytes> values(Element resource) {
    List<Bytes> values = new ArrayList<>();
    int alternatives = number(resource, "alternatives", MAX_ALTERNATIVES);
    for (int i = 0; i < alternatives; i++) {
      String hash = resource.getAttributeNS(HASH, "Hash" + i);
      try {
        if (hash.length() != DIGEST_DIGITS) {
          throw new IllegalArgumentException("no SHA-384");
        }
        values.add(Bytes.ofHex(hash));
      } catch (IllegalArgumentException e) {
        throw ReferenceMeasurements.invalid("have a value that is no SHA-384", e);
      }
    }
    return values;
  }

  private static int number(Element resource, String attribute, int max) {
    try {
      int number = Integer.parseInt(resource.getAttribute(attribute));
      if (number >= 0 && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw ReferenceMeasurements.invalid("have an attribute that is no number", e);
    }
    throw ReferenceMeasurements.invalid("have a number out of range", null);
  }

  private static Element only(Element parent, String name) {
    List<Element> found = children(parent, name);
    if (found.size() != 1) {
      throw ReferenceMeasurements.invalid("have not the one " + name + " that they need", null);
    }
    return found.getFirst();
  }

  private static List<Element> children(Element parent, String name) {
    List<Element> found = new ArrayList<>();
    for (Node each = parent.getFirstChild(); each != null; each = each.getNextSibling()) {
      if (each instanceof Element element
          && SWID.equals(element.getNamespaceURI())
          && name.equals(element.getLocalName())) {
        found.add(element);
      }
    }
    return found;
  }
}
