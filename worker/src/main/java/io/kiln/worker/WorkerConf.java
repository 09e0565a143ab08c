package io.kiln.worker;

import io.kiln.cache.InstructionSet;
import io.kiln.cluster.CacheConf;
import io.kiln.plugin.DeviceConf;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What a worker's runtime is made from: the same on every executor of an application.
 *
 * @param plugin {@code cpu}, {@code cuda}, a path, or null for the first that is found
 * @param install whether the CPU plugin may be fetched when none is found
 * @param cache the executable cache's settings
 * @param threads whether one execution may use more than one thread; off, the tasks of an executor share its cores among themselves
 * @param executions how many executions run on a device at a time; 0: no limit on a CPU, two on anything else
 * @param newest the newest instructions that code for a CPU may use; null for all that the compiling one has
 * @param quarantine the folder of the quarantine; {@link CacheConf#AUTO} is the user's own on the node; null for none
 * @param device what the client makes of its devices
 */
public record WorkerConf(
        @Nullable String plugin,
        boolean install,
        CacheConf cache,
        boolean threads,
        int executions,
        @Nullable InstructionSet newest,
        @Nullable String quarantine,
        DeviceConf device)
        implements Serializable {}
