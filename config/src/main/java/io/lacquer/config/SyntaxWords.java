package io.lacquer.config;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;

/** Says in an operator's words what the YAML parser objects to. */
final class SyntaxWords {
    private static final List<Phrase> PHRASES = List.of(
            new Phrase("TAB", "a tab is used where only spaces may stand", "replace the tab with spaces"),
            new Phrase("'\\t'", "a tab is used where only spaces may stand", "replace the tab with spaces"),
            new Phrase(
                    "mapping values are not allowed",
                    "a colon is not expected here",
                    "put the value in quotes, or correct the indentation of this line"),
            new Phrase(
                    "expected <block end>",
                    "this line does not fit the ones above",
                    "indent it as far as its neighbours, and close quotes and brackets"),
            new Phrase("expected ',' or ']'", "a list in [ ] is not closed or lacks a comma", "add the , or ]"),
            new Phrase("expected ',' or '}'", "a mapping in { } is not closed or lacks a comma", "add the , or }"),
            new Phrase("'<stream end>'", "the file ends within a list or mapping", "close its brackets"),
            new Phrase("found unexpected end of stream", "a quote is opened and never closed", "close it"),
            new Phrase("could not find expected ':'", "a key has no colon after it", "write key: value"),
            new Phrase("special characters are not allowed", "a control character is in the file", "remove it"),
            new Phrase("found duplicate anchor", "an anchor is defined twice", "rename one"),
            new Phrase(
                    "that cannot start any token", "a character cannot start a value here", "put the value in quotes"),
            new Phrase(
                    "unknown escape character",
                    "an escape in double quotes is unknown",
                    "write \\\\ for a backslash, or use single quotes"));

    private SyntaxWords() {}

    /** A part of the parser's message, and what to say instead. */
    private record Phrase(String part, String problem, String remedy) {}

    /** Reports a failure of the parser, at the place that it names. */
    static void report(RuntimeException failure, String text, Complaints complaints) {
        String said = failure instanceof MarkedYamlEngineException marked ? marked.getProblem() : failure.getMessage();
        Phrase phrase = find(said, characterAt(failure));
        complaints.error(placeOf(failure, text), phrase.problem(), phrase.remedy() + opening(failure, phrase));
    }

    private static Phrase find(@Nullable String said, int character) {
        String message = said == null
                ? "it cannot be read here"
                : said.replaceAll("\\s+", " ").strip();
        if (character == '\t') {
            return PHRASES.getFirst();
        }
        for (Phrase each : PHRASES) {
            if (message.contains(each.part())) {
                return each;
            }
        }
        return new Phrase(
                "",
                "this is not valid YAML: " + message,
                "check indentation, quotes and brackets in and above this line");
    }

    /** Where a bracket or quote that is not closed was opened: the parser notices far below it. */
    private static String opening(RuntimeException failure, Phrase phrase) {
        boolean closes =
                phrase.remedy().startsWith("add the ,") || phrase.remedy().startsWith("close");
        if (!closes || !(failure instanceof MarkedYamlEngineException marked)) {
            return "";
        }
        Optional<Place> start = marked.getContextMark().map(YamlReader::placeOf);
        Optional<Place> end = marked.getProblemMark().map(YamlReader::placeOf);
        return start.isEmpty() || start.equals(end) ? "" : "; it starts at " + start.get();
    }

    /** The character that the parser stopped at, or -1. */
    private static int characterAt(RuntimeException failure) {
        if (failure instanceof MarkedYamlEngineException marked
                && marked.getProblemMark().isPresent()) {
            Mark mark = marked.getProblemMark().get();
            int[] buffer = mark.getBuffer();
            return mark.getPointer() < buffer.length ? buffer[mark.getPointer()] : -1;
        }
        return -1;
    }

    private static Place placeOf(RuntimeException failure, String text) {
        if (failure instanceof MarkedYamlEngineException marked) {
            Optional<Mark> mark = marked.getProblemMark().or(marked::getContextMark);
            return mark.map(YamlReader::placeOf).orElse(Place.START);
        }
        if (failure instanceof ReaderException reader) {
            return placeOf(text, reader.getPosition());
        }
        return Place.START;
    }

    private static Place placeOf(String text, int codePoints) {
        int line = 1;
        int column = 1;
        int seen = 0;
        for (int i = 0; i < text.length() && seen < codePoints; seen++) {
            int point = text.codePointAt(i);
            column = point == '\n' ? 1 : column + 1;
            line += point == '\n' ? 1 : 0;
            i += Character.charCount(point);
        }
        return new Place(line, column);
    }
}
