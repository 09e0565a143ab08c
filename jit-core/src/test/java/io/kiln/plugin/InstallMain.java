package io.kiln.plugin;

import java.nio.file.Path;
import java.util.Map;

/** Installs the CPU plugin into the folder of the first argument, as a process of its own; prints the library's path. */
final class InstallMain {
    private InstallMain() {}

    public static void main(String[] args) {
        PluginInstaller installer = new PluginInstaller(new KilnHome(Path.of(args[0])), Map.of());
        PluginFile file =
                installer.installed(PluginInstaller.wheelHere("cpu"), line -> System.out.println("# " + line));
        System.out.println(file.path());
    }
}
