package dev.strongroom.attestation.nvidia;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.x509.ChainVerifier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.PublicKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.xml.XMLConstants;
import javax.xml.crypto.AlgorithmMethod;
import javax.xml.crypto.KeySelector;
import javax.xml.crypto.KeySelectorResult;
import javax.xml.crypto.MarshalException;
import javax.xml.crypto.XMLCryptoContext;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureException;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfo;
import javax.xml.crypto.dsig.keyinfo.X509Data;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/**
 * Verifies reference measurements (TCG RIM information model 1.01, section 4: a SWID tag with an
 * enveloped XML signature), with the JDK's XML signatures in secure validation. One signature, over
 * the whole document, by ECDSA with SHA-384, whose certificate leads to the pinned root.
 */
final class ReferenceMeasurements {
  private static final String XMLDSIG = XMLSignature.XMLNS;
  private static final String ECDSA_SHA384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
  private static final String SHA384 = "http://www.w3.org/2001/04/xmldsig-more#sha384";
  private static final Set<String> CANONICAL =
      Set.of(
          "http://www.w3.org/2006/12/xml-c14n11",
          "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
          "http://www.w3.org/2001/10/xml-exc-c14n#");
  private final ChainVerifier chains;

  /** The key that the chain led to, and no other that the document may name. */
  private static final class KeyOfLeaf extends KeySelector {
    private @Nullable PublicKey leaf;

    void is(PublicKey verified) {
      leaf = verified;
    }

    @Override
    public KeySelectorResult select(
        @Nullable KeyInfo info, Purpose purpose, AlgorithmMethod method, XMLCryptoContext context) {
      return () -> leaf;
    }
  }

  ReferenceMeasurements(ChainVerifier chains) {
    this.chains = chains;
  }

  /**
   * Those among endorsements.
   *
   * @throws AttestationException {@link AttestationCode#COLLATERAL_INVALID} when one of them does
   *     not verify, or a code of {@link ChainVerifier#verify}
   */
  List<Rim> verified(Endorsements endorsements, Instant at) {
    List<Rim> rims = new ArrayList<>();
    for (Bytes document : endorsements.documents()) {
      // JSON is collateral of other types.
      if (isXml(document)) {
        rims.add(verified(document, endorsements.crls(), at));
      }
    }
    return rims;
  }

  private static boolean isXml(Bytes document) {
    for (byte each : document.array()) {
      if (!Character.isWhitespace(each)) {
        return each == '<';
      }
    }
    return false;
  }

  private Rim verified(Bytes document, List<X509CRL> crls, Instant at) {
    Element root = root(document);
    Element signature = onlySignature(root);
    try {
      KeyOfLeaf key = new KeyOfLeaf();
      DOMValidateContext context = new DOMValidateContext(key, signature);
      context.setProperty("org.jcp.xml.dsig.secureValidation", true);
      XMLSignature read = XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context);
      requireWhole(read);
      List<X509Certificate> chain = chain(read);
      key.is(chains.verify(chain.getFirst(), chain, crls, at).leaf().getPublicKey());
      if (!read.validate(context)) {
        throw invalid("have a signature that does not verify", null);
      }
    } catch (MarshalException | XMLSignatureException e) {
      throw invalid("have a signature that cannot be read", e);
    }
    return SwidTag.read(root);
  }

  private static Element root(Bytes document) {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultNSInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      factory.setXIncludeAware(false);
      factory.setExpandEntityReferences(false);
      var builder = factory.newDocumentBuilder();
      builder.setErrorHandler(null);
      Document parsed = builder.parse(new ByteArrayInputStream(document.array()));
      return parsed.getDocumentElement();
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("the JDK's XML parser knows these features", e);
    } catch (SAXException | IOException e) {
      throw invalid("are no XML", e);
    }
  }

  private static Element onlySignature(Element root) {
    List<Element> signatures = new ArrayList<>();
    for (Node each = root.getFirstChild(); each != null; each = each.getNextSibling()) {
      if (each instanceof Element element
          && XMLDSIG.equals(element.getNamespaceURI())
          && "Signature".equals(element.getLocalName())) {
        signatures.add(element);
      }
    }
    if (signatures.size() != 1
        || root.getElementsByTagNameNS(XMLDSIG, "Signature").getLength() != 1) {
      throw invalid("have not the one signature that they need", null);
    }
    return signatures.getFirst();
  }

  // What the signature leaves out must not be read: so nothing may be left out but itself.
  private static void requireWhole(XMLSignature signature) {
    List<Reference> references = signature.getSignedInfo().getReferences();
    if (!signature.getSignedInfo().getSignatureMethod().getAlgorithm().equals(ECDSA_SHA384)
        || !CANONICAL.contains(signature.getSignedInfo().getCanonicalizationMethod().getAlgorithm())
        || !signature.getObjects().isEmpty()
        || references.size() != 1) {
      throw invalid("are signed in another way than ECDSA with SHA-384 over all of it", null);
    }
    Reference whole = references.getFirst();
    List<Transform> transforms = whole.getTransforms();
    if (!"".equals(whole.getURI())
        || !whole.getDigestMethod().getAlgorithm().equals(SHA384)
        || transforms.isEmpty()
        || transforms.size() > 2
        || !transforms.getFirst().getAlgorithm().equals(Transform.ENVELOPED)
        || !transforms.stream().skip(1).allMatch(each -> CANONICAL.contains(each.getAlgorithm()))) {
      throw invalid("are signed in part, or after a transformation", null);
    }
  }

  private static List<X509Certificate> chain(XMLSignature signature) {
    List<X509Certificate> chain = new ArrayList<>();
    if (signature.getKeyInfo() != null) {
      for (Object each : signature.getKeyInfo().getContent()) {
        if (each instanceof X509Data data) {
          for (Object part : data.getContent()) {
            if (part instanceof X509Certificate certificate) {
              chain.add(certificate);
            }
          }
        }
      }
    }
    if (chain.isEmpty() || chain.size() > 8) {
      throw invalid("carry no chain of certificates", null);
    }
    return chain;
  }

  static AttestationException invalid(String problem, @Nullable Exception cause) {
    return new AttestationException(
        AttestationCode.COLLATERAL_INVALID, "reference measurements " + problem, cause);
  }
}
