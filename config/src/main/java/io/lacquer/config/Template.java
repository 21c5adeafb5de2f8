package io.lacquer.config;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A text with named gaps: {@code user:{id}}. <code>{{</code> and <code>}}</code> stand for one brace. A gap is named
 * after a capture of the path; {@code header:} and {@code query:} before a name are for what else a request has.
 */
public final class Template {
    private final String source;
    private final List<Part> parts;

    private Template(String source, List<Part> parts) {
        this.source = source;
        this.parts = List.copyOf(parts);
    }

    /** A literal, or the name of a gap. */
    private record Part(String text, boolean gap) {}

    /**
     * Reads a template whose gaps are captures.
     *
     * @throws IllegalArgumentException for a brace that is not closed or a name that is none, in a sentence
     */
    public static Template parse(String text) {
        return parse(text, false);
    }

    /**
     * Reads a template whose gaps may also be {@code {header:Name}} and {@code {query:name}}.
     *
     * @throws IllegalArgumentException for a brace that is not closed or a name that is none, in a sentence
     */
    public static Template ofRequest(String text) {
        return parse(text, true);
    }

    private static Template parse(String text, boolean ofRequest) {
        List<Part> parts = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c == '{' || c == '}') && text.startsWith(String.valueOf(c), i + 1)) {
                literal.append(c);
                i++;
            } else if (c == '}') {
                throw new Malformed(Text.quote(text) + " has a } without a {", "write }} for a brace");
            } else if (c == '{') {
                int end = Names.endOfGap(text, i, ofRequest);
                addLiteral(parts, literal);
                parts.add(new Part(Names.ofGap(text.substring(i + 1, end)), true));
                i = end;
            } else {
                literal.append(c);
            }
        }
        addLiteral(parts, literal);
        return new Template(text, parts);
    }

    /**
     * The text with all gaps filled, or null where a value is missing or not {@linkplain Captures#usable
     * usable}: the tag is then dropped rather than made up.
     */
    public @Nullable String render(Function<String, @Nullable String> values) {
        return render(values, UnaryOperator.identity());
    }

    /** As {@link #render}, for a path: what a value holds is escaped, so that it stays one segment. */
    public @Nullable String renderPath(Function<String, @Nullable String> values) {
        return render(values, Percent::encodeSegment);
    }

    /**
     * As {@link #renderPath}, from values that are escaped already: as a client spelt them, so does the key of what is
     * stored. Null where one holds what may not stand in a segment of a path.
     */
    public @Nullable String renderAsSent(Function<String, @Nullable String> values) {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            String value = part.gap() ? values.apply(part.text()) : part.text();
            if (value == null || (part.gap() && !Percent.isSegment(value))) {
                return null;
            }
            text.append(value);
        }
        return text.toString();
    }

    private @Nullable String render(Function<String, @Nullable String> values, UnaryOperator<String> encode) {
        StringBuilder text = new StringBuilder();
        for (Part part : parts) {
            if (!part.gap()) {
                text.append(part.text());
                continue;
            }
            String value = values.apply(part.text());
            if (value == null || !Captures.usable(value)) {
                return null;
            }
            text.append(encode.apply(value));
        }
        return text.toString();
    }

    /** The names of the gaps, in order: {@code id}, {@code header:x-tenant} in lower case, {@code query:page}. */
    public Set<String> variables() {
        Set<String> names = new LinkedHashSet<>();
        parts.stream().filter(Part::gap).forEach(part -> names.add(part.text()));
        return names;
    }

    /** As it was written. */
    @Override
    public String toString() {
        return source;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Template that && parts.equals(that.parts);
    }

    @Override
    public int hashCode() {
        return parts.hashCode();
    }

    private static void addLiteral(List<Part> parts, StringBuilder literal) {
        if (!literal.isEmpty()) {
            parts.add(new Part(literal.toString(), false));
            literal.setLength(0);
        }
    }
}
