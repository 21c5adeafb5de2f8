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
     * The text with all gaps filled by {@linkplain Captures#inTag values as tags have them}, or null where a value is
     * missing or nothing is left: the tag is then dropped rather than made up.
     */
    public @Nullable String render(Function<String, @Nullable String> values) {
        String text = render(
                name -> {
                    String value = values.apply(name);
                    return value == null ? null : Captures.inTag(value);
                },
                UnaryOperator.identity());
        return text == null || text.isEmpty() ? null : text;
    }

    /**
     * The text as a path with query, in the spellings that clients use for it: a value of the path is as it was sent, or as
     * we would write it; one of the query as either, or with everything escaped that a program or a form would escape.
     * Empty where a value is missing.
     *
     * @param sent values with their escapes
     */
    public Set<String> renderUrls(Function<String, @Nullable String> sent) {
        UnaryOperator<String> asSent = UnaryOperator.identity();
        List<UnaryOperator<String>> ofPath = List.of(asSent, of(Percent::encodeSegment));
        List<UnaryOperator<String>> ofQuery =
                List.of(asSent, of(Percent::encodeSegment), of(Percent::encodeAll), of(Percent::encodeForm));
        Set<String> all = new LinkedHashSet<>();
        for (UnaryOperator<String> path : ofPath) {
            for (UnaryOperator<String> query : ofQuery) {
                String text = render(name -> segment(sent.apply(name)), path, query);
                if (text != null) {
                    all.add(text);
                }
            }
        }
        return all;
    }

    private static UnaryOperator<String> of(UnaryOperator<String> encode) {
        return value -> encode.apply(Percent.decode(value));
    }

    /** Nothing is stored under a path that is none. */
    private static @Nullable String segment(@Nullable String value) {
        return value == null || !Percent.isSegment(value) ? null : value;
    }

    private @Nullable String render(Function<String, @Nullable String> values, UnaryOperator<String> encode) {
        return render(values, encode, encode);
    }

    private @Nullable String render(
            Function<String, @Nullable String> values, UnaryOperator<String> ofPath, UnaryOperator<String> ofQuery) {
        StringBuilder text = new StringBuilder();
        UnaryOperator<String> encode = ofPath;
        for (Part part : parts) {
            String value = part.gap() ? values.apply(part.text()) : part.text();
            if (value == null) {
                return null;
            }
            text.append(part.gap() ? encode.apply(value) : value);
            if (!part.gap() && part.text().indexOf('?') >= 0) {
                encode = ofQuery;
            }
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
