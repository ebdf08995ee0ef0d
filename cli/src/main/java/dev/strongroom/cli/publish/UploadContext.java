package dev.strongroom.cli.publish;

/**
 * What all uploads of a run share.
 *
 * @param uploader puts parts
 * @param plaintexts as many buffers as parts may be encrypted at once
 * @param ciphertexts bounds what waits for the network
 * @param listener hears what happens
 */
record UploadContext(
    PartUploader uploader, Buffers plaintexts, Buffers ciphertexts, PublishListener listener) {}
