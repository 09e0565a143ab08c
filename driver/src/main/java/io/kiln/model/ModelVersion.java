package io.kiln.model;

import org.jspecify.annotations.Nullable;

/**
 * One version of a registered model. It is never changed.
 *
 * @param version its number, from 1, without gaps in the order of publication
 * @param folder the folder below {@code versions/} that holds it
 * @param run the id of the run that made it: a run publishes once
 * @param created when it was published, ISO 8601 in UTC
 * @param publisher the user and the host that published it
 * @param manifest the SHA-256 of its {@code manifest.json}, which has those of all other files
 * @param parent the version that it was trained from, if any
 * @param note why it was published, if somebody said so
 */
public record ModelVersion(
        int version,
        String folder,
        String run,
        String created,
        String publisher,
        String manifest,
        @Nullable Integer parent,
        @Nullable String note) {}
