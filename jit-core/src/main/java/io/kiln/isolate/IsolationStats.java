package io.kiln.isolate;

import java.util.OptionalLong;

/**
 * Counters of an isolated compiler.
 *
 * @param compiled programs that a child compiled
 * @param refused programs that were refused before a child saw them: by the import check or the quarantine
 * @param children children that were started
 * @param deaths children that a program ended, time-outs among them
 * @param timeouts children that were killed because a program took too long
 * @param childBytes the living child's memory in RAM; 0 without one, empty where the system does not say
 * @param peakChildBytes the most that a child had after a program, where the system says
 */
public record IsolationStats(
        long compiled,
        long refused,
        long children,
        long deaths,
        long timeouts,
        OptionalLong childBytes,
        OptionalLong peakChildBytes) {}
