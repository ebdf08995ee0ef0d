package dev.strongroom.core.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;

/**
 * The mapper between JSON and records for the whole product. It refuses what is ambiguous: unknown
 * and duplicate members, null where a primitive is wanted, a text where a number is wanted and the
 * reverse, floating point where an integer is wanted, bytes after the value. Absent optional
 * members are left out when writing.
 *
 * <p>Use {@link CanonicalJson} to read bytes from outside: it also checks the encoding, the size
 * and the depth, and reports in problem codes.
 */
public final class StrictJson {
  /** The deepest nesting of arrays and objects. */
  public static final int MAX_DEPTH = 32;

  private static final int RECYCLED_BUFFERS = 64;
  private static final int MAX_STRING = 64 << 20;
  private static final int MAX_NAME = 1024;
  private static final int MAX_NUMBER = 32;

  private static final ObjectMapper SHARED = newMapper();

  private StrictJson() {}

  /**
   * The shared mapper. It must not be configured further; {@link #newMapper()} gives one to own.
   */
  public static ObjectMapper mapper() {
    return SHARED;
  }

  /** A new mapper of the same strictness. */
  public static ObjectMapper newMapper() {
    JsonMapper.Builder builder =
        JsonMapper.builder(factory())
            .enable(
                DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY,
                DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS,
                DeserializationFeature.FAIL_ON_INVALID_SUBTYPE)
            .disable(
                DeserializationFeature.ACCEPT_FLOAT_AS_INT,
                DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY,
                DeserializationFeature.UNWRAP_SINGLE_VALUE_ARRAYS)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .enable(MapperFeature.BLOCK_UNSAFE_POLYMORPHIC_BASE_TYPES)
            .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
            .defaultPropertyInclusion(
                JsonInclude.Value.construct(
                    JsonInclude.Include.NON_ABSENT, JsonInclude.Include.ALWAYS));
    builder.withCoercionConfigDefaults(all -> {
      for (CoercionInputShape shape : CoercionInputShape.values()) {
        all.setCoercion(shape, CoercionAction.Fail);
      }
    });
    builder.withCoercionConfig(
        LogicalType.Collection,
        lists -> lists.setCoercion(CoercionInputShape.EmptyArray, CoercionAction.TryConvert));
    return builder.build();
  }

  private static JsonFactory factory() {
    return JsonFactory.builder()
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
        // Requests run on virtual threads that live once: buffers kept by thread are never used
        // again.
        .recyclerPool(JsonRecyclerPools.newBoundedPool(RECYCLED_BUFFERS))
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(MAX_DEPTH)
                .maxStringLength(MAX_STRING)
                .maxNameLength(MAX_NAME)
                .maxNumberLength(MAX_NUMBER)
                .build())
        .build();
  }
}
