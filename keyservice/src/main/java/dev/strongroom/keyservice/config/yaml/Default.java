package dev.strongroom.keyservice.config.yaml;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The value of a record component whose key is absent, spelled as in the file. A list is separated
 * by commas, an empty text is the empty list. A default path is below the data folder. A component
 * that has neither this nor {@code @Nullable}, and is no record, must be in the file.
 */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface Default {
  String value();
}
