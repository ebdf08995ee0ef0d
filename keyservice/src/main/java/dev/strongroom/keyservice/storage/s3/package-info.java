/** Object storage that speaks S3. The AWS SDK is imported nowhere else. */
@NullMarked
package dev.strongroom.keyservice.storage.s3;

import org.jspecify.annotations.NullMarked;
