/**
 * The executable cache that outlives a process: signed entries on the node's disk and in Hazelcast, and one compile a key over the cluster.
 * Every fault in here costs at most a local compile.
 */
@NullMarked
package io.kiln.cluster;

import org.jspecify.annotations.NullMarked;
