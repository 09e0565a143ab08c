package io.kiln.cluster;

import io.kiln.cache.HostRecord;

/**
 * What executables are compiled with and loaded on in this process.
 *
 * @param pluginSha256 the hash of the plugin file, in hexadecimal
 * @param host what code may use here
 * @param code what code compiled here may use: as much, or less where it is limited to an instruction set
 */
public record Target(String pluginSha256, HostRecord host, HostRecord code) {}
