package io.lacquer.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads {@code policies.yaml}. All that is wrong with a file is found in one go, each with its place. */
public final class ConfigLoader {
    /** No file is longer. */
    static final int LONGEST = 4 << 20;

    private static final String MINIMAL =
            "a minimal file is: {version: 1, origins: {api: {servers: [\"http://127.0.0.1:3000\"]}}}";

    private final long memory;

    /** For a process whose memory is not known here. */
    public ConfigLoader() {
        this(Long.MAX_VALUE);
    }

    /** For a process that can give L1 so many bytes at most. */
    public ConfigLoader(long memory) {
        this.memory = memory;
    }

    /** Reads a file. Never fails: a file that cannot be read is a complaint too. */
    public Loaded load(Path file, Map<String, String> env) {
        Complaints complaints = new Complaints(file.toString());
        String text = text(file, complaints);
        return text == null ? new Loaded(null, complaints.sorted()) : parse(text, env, complaints);
    }

    /** Reads a text; {@code fileName} is for the complaints only. Never fails. */
    public Loaded parse(String fileName, String yaml, Map<String, String> env) {
        return parse(yaml, env, new Complaints(fileName));
    }

    /**
     * What applies where there is no file: every default, one origin, no policies.
     *
     * @throws IllegalArgumentException if the URL is not one of an origin, saying what to write
     */
    public static Config defaults(String originUrl) {
        Origin.Server.parse(originUrl);
        String yaml = "{version: 1, origins: {default: {servers: [\"${ORIGIN}\"]}}}";
        Loaded loaded = new ConfigLoader().parse("defaults", yaml, Map.of("ORIGIN", originUrl));
        Config config = loaded.config();
        if (config == null) {
            throw new IllegalStateException("the defaults are wrong: " + loaded.complaints());
        }
        return config;
    }

    private Loaded parse(String yaml, Map<String, String> env, Complaints complaints) {
        Config config = null;
        if (yaml.length() > LONGEST) {
            complaints.error(Place.START, "the file is longer than " + Sizes.format(LONGEST), "make it shorter");
        } else {
            config = read(yaml, env, complaints);
        }
        return new Loaded(complaints.errors() > 0 ? null : config, complaints.sorted());
    }

    private @Nullable Config read(String yaml, Map<String, String> env, Complaints complaints) {
        Yaml root = YamlReader.read(yaml, complaints);
        if (root == null || (root instanceof Yaml.Scalar scalar && scalar.isNull())) {
            if (complaints.errors() == 0) {
                complaints.error(Place.START, "the file is empty", MINIMAL);
            }
            return null;
        }
        if (!(root instanceof Yaml.Mapping)) {
            complaints.error(root.place(), "the file is " + root.kind() + ", not a mapping", MINIMAL);
            return null;
        }
        return RootKeys.SECTION.read(root, "", new Context(env, complaints, memory));
    }

    private static @Nullable String text(Path file, Complaints complaints) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(LONGEST + 1);
            if (bytes.length > LONGEST) {
                complaints.error(Place.START, "the file is longer than " + Sizes.format(LONGEST), "make it shorter");
                return null;
            }
            return decode(bytes, complaints);
        } catch (NoSuchFileException missing) {
            complaints.error(Place.START, "there is no such file", "give the path of one with --config");
        } catch (IOException | SecurityException unreadable) {
            complaints.error(
                    Place.START, "the file cannot be read: " + unreadable.getMessage(), "check its permissions");
        }
        return null;
    }

    private static @Nullable String decode(byte[] bytes, Complaints complaints) throws CharacterCodingException {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, out, true);
        out.flip();
        if (result.isError()) {
            String before = out.toString();
            int line = 1 + (int) before.chars().filter(c -> c == '\n').count();
            int column = before.length() - before.lastIndexOf('\n');
            complaints.error(new Place(line, column), "the file is not UTF-8 here", "save it as UTF-8");
            return null;
        }
        return out.toString();
    }
}
