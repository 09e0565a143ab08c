package io.kiln.worker;

import io.kiln.core.HostArray;
import java.io.Serializable;
import java.util.List;

/** The weights of a program: its first inputs, the same for every batch, uploaded once to each device. */
public interface WeightSource extends Serializable {
    /** A name that two sources share only when their arrays are equal, such as a SHA-256. */
    String contentId();

    /** The arrays in the order of the program's inputs; called when no task of this JVM has uploaded them before. */
    List<HostArray> load();

    /** The source of a program without weights. */
    static WeightSource none() {
        return new NoWeights();
    }

    /** No weights. */
    record NoWeights() implements WeightSource {
        @Override
        public String contentId() {
            return "none";
        }

        @Override
        public List<HostArray> load() {
            return List.of();
        }
    }
}
