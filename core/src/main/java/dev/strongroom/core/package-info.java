/** The vocabulary shared by every part of Strongroom. */
@org.jspecify.annotations.NullMarked
package dev.strongroom.core;
