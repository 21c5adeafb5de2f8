import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Checks, or with {@code --write} corrects, the layout of every Java source of the modules. The build starts it as a
 * source file on the JDK that it compiles with, so that the formatter knows the syntax of that JDK. What was found well
 * laid out is remembered by its hash in {@code target/format.ok}.
 *
 * <p>Usage: {@code java … tools/Format.java --check|--write FORMATTER_VERSION ROOT}
 */
final class Format {
    private static final String FIX = "mvn -q -N process-sources -Pformat";

    private Format() {}

    public static void main(String[] args) throws Exception {
        boolean write = args[0].equals("--write");
        String version = args[1];
        Path root = Path.of(args[2]);
        Path memory = root.resolve("target/format.ok");

        Set<String> known = Files.exists(memory) ? new HashSet<>(Files.readAllLines(memory)) : Set.of();
        Set<String> good = ConcurrentHashMap.newKeySet();
        Set<String> changed = ConcurrentHashMap.newKeySet();
        Set<String> broken = ConcurrentHashMap.newKeySet();
        Formatter formatter = Formatter.createFormatter(JavaFormatterOptions.builder()
                .style(JavaFormatterOptions.Style.PALANTIR)
                .build());

        sources(root).parallelStream().forEach(file -> {
            try {
                String before = Files.readString(file);
                String hash = hash(version, before);
                if (known.contains(hash)) {
                    good.add(hash);
                    return;
                }
                String name = root.relativize(file).toString();
                String after;
                try {
                    after = formatter.formatSourceAndFixImports(before);
                } catch (FormatterException e) {
                    broken.add(name + ": " + e.getMessage().strip());
                    return;
                }
                if (after.equals(before)) {
                    good.add(hash);
                    return;
                }
                changed.add(name);
                if (write) {
                    Files.writeString(file, after);
                }
            } catch (Exception e) {
                throw new IllegalStateException(file.toString(), e);
            }
        });

        Files.createDirectories(memory.getParent());
        Files.write(memory, new TreeSet<>(good));

        new TreeSet<>(changed).forEach(name -> System.err.println((write ? "formatted " : "not formatted: ") + name));
        new TreeSet<>(broken).forEach(problem -> System.err.println("cannot parse: " + problem));
        if (!broken.isEmpty()) {
            System.err.println("(the formatter knows neither 'import module' nor a bare '_' as a component of a record"
                    + " pattern: write 'var _')");
        }
        if (!write && !changed.isEmpty()) {
            System.err.println(changed.size() + " source(s) not formatted; to format them, run: " + FIX);
        }
        if (!broken.isEmpty() || (!write && !changed.isEmpty())) {
            System.exit(1);
        }
    }

    private static List<Path> sources(Path root) throws IOException {
        Set<Path> all = new TreeSet<>();
        try (Stream<Path> modules = Files.list(root)) {
            for (Path module : modules.toList()) {
                for (Path sources : List.of(module.resolve("src/main/java"), module.resolve("src/test/java"))) {
                    if (Files.isDirectory(sources)) {
                        try (Stream<Path> files = Files.walk(sources)) {
                            files.filter(file -> file.toString().endsWith(".java"))
                                    .forEach(all::add);
                        }
                    }
                }
            }
        }
        Path self = root.resolve("tools/Format.java");
        if (Files.exists(self)) {
            all.add(self);
        }
        return List.copyOf(all);
    }

    private static String hash(String version, String text) throws Exception {
        byte[] bytes = (version + "\n" + text).getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
