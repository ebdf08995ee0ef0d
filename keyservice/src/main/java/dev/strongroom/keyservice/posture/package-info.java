/** What the live pod of a workload looks like, and what its cluster lets it do. */
@NullMarked
package dev.strongroom.keyservice.posture;

import org.jspecify.annotations.NullMarked;
