package io.lacquer.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The files under {@code golden}, and what the variables hold in them. */
final class Golden {
    static final Map<String, String> ENV = Map.of(
            "PORT",
            "7000",
            "N",
            "64",
            "OFF",
            "off",
            "YES",
            "1",
            "EMPTY",
            "",
            "WORD",
            "word",
            "STRUCTURE",
            "8080\ncache: false");

    private static final Path FOLDER = Path.of("src/test/resources/golden");

    private Golden() {}

    /** The files in a folder and those below. */
    static List<Path> files(String folder) {
        try (Stream<Path> all = Files.walk(FOLDER.resolve(folder))) {
            return all.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What comes of a file. */
    static Loaded load(Path file) {
        return new ConfigLoader().parse(file.getFileName().toString(), read(file), ENV);
    }

    /** The configuration of {@code good/<name>.yaml}. */
    static Config good(String name) {
        Config config = load(FOLDER.resolve("good/" + name + ".yaml")).config();
        if (config == null) {
            throw new AssertionError(name + " is not good");
        }
        return config;
    }

    /** A policy's text as the only policy of an otherwise minimal file. */
    static Loaded policy(String yaml) {
        return new ConfigLoader().parse("p.yaml", """
            version: 1
            origins: {api: {servers: ["http://a"]}}
            policies: [{%s}]
            """.formatted(yaml), Map.of());
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
