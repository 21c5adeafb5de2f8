package io.lacquer.config;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;

/**
 * Builds the tree of one document from the parser's events. Works on events rather than on the library's own
 * nodes to keep every place, to bound depth and aliases, and to stay free of its object construction.
 */
final class YamlReader {
    private static final int DEEPEST = 64;
    private static final long MOST_NODES = 100_000;

    private final Deque<Building> open = new ArrayDeque<>();
    private final Map<Anchor, Yaml> anchors = new HashMap<>();
    private long nodes;
    private int documents;
    private @Nullable Yaml root;

    private YamlReader() {}

    /** A collection whose end has not been met. */
    private record Building(Place place, Optional<Anchor> anchor, boolean mapping, List<Yaml> children) {}

    /** Ends reading: the file is not one that can be understood. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Place place;
        private final transient Malformed cause;

        Refused(Place place, String problem, String remedy) {
            super(problem, null, false, false);
            this.place = place;
            this.cause = new Malformed(problem, remedy);
        }
    }

    /** The document of a text, or null after a complaint, or if there is none. */
    static @Nullable Yaml read(String text, Complaints complaints) {
        LoadSettings settings =
                LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build();
        YamlReader reader = new YamlReader();
        try {
            for (Event event : new Parse(settings).parseString(text)) {
                reader.take(event);
            }
            return reader.root;
        } catch (Refused refused) {
            complaints.error(refused.place, refused.cause.problem(), refused.cause.remedy());
        } catch (RuntimeException parserFailed) {
            // The parser promises its own exceptions only; whatever it throws, the text is at fault.
            SyntaxWords.report(parserFailed, text, complaints);
        }
        return null;
    }

    private void take(Event event) {
        switch (event) {
            case DocumentStartEvent start -> startDocument(start);
            case AliasEvent alias -> add(resolve(alias), Optional.empty());
            case ScalarEvent scalar -> addScalar(scalar);
            case SequenceStartEvent start -> open(start, start.getTag(), false);
            case MappingStartEvent start -> open(start, start.getTag(), true);
            case SequenceEndEvent end -> close();
            case MappingEndEvent end -> close();
            default -> {}
        }
    }

    private void startDocument(DocumentStartEvent start) {
        documents++;
        if (documents > 1) {
            throw new Refused(
                    placeOf(start), "the file has a second YAML document here", "keep one document in the file");
        }
    }

    private void addScalar(ScalarEvent scalar) {
        refuseTag(scalar, scalar.getTag());
        add(new Yaml.Scalar(placeOf(scalar), scalar.getValue(), scalar.isPlain()), scalar.getAnchor());
    }

    private void open(NodeEvent start, Optional<String> tag, boolean mapping) {
        refuseTag(start, tag);
        if (open.size() >= DEEPEST) {
            throw new Refused(
                    placeOf(start), "values are nested more than " + DEEPEST + " deep here", "remove the nesting");
        }
        open.push(new Building(placeOf(start), start.getAnchor(), mapping, new ArrayList<>()));
    }

    private void close() {
        Building done = open.pop();
        long weight = 1 + done.children().stream().mapToLong(Yaml::weight).sum();
        Yaml node = done.mapping()
                ? new Yaml.Mapping(done.place(), entries(done.children()), weight)
                : new Yaml.Sequence(done.place(), List.copyOf(done.children()), weight);
        attach(node, done.anchor());
    }

    private static List<Yaml.Entry> entries(List<Yaml> children) {
        List<Yaml.Entry> entries = new ArrayList<>(children.size() / 2);
        for (int i = 0; i + 1 < children.size(); i += 2) {
            if (!(children.get(i) instanceof Yaml.Scalar key)) {
                throw new Refused(
                        children.get(i).place(), "a key is " + children.get(i).kind(), "write a plain word as the key");
            }
            if (key.plain() && key.text().equals("<<")) {
                throw new Refused(
                        key.place(),
                        "merge keys (<<) are not part of YAML 1.2",
                        "write the keys out, or alias whole values");
            }
            entries.add(new Yaml.Entry(key, children.get(i + 1)));
        }
        return List.copyOf(entries);
    }

    private void add(Yaml node, Optional<Anchor> anchor) {
        nodes += node.weight();
        if (nodes > MOST_NODES) {
            throw new Refused(
                    node.place(),
                    "the file has more than " + MOST_NODES + " values, aliases expanded",
                    "make it smaller");
        }
        attach(node, anchor);
    }

    private void attach(Yaml node, Optional<Anchor> anchor) {
        anchor.ifPresent(name -> anchors.put(name, node));
        Building parent = open.peek();
        if (parent == null) {
            root = node;
        } else {
            parent.children().add(node);
        }
    }

    private Yaml resolve(AliasEvent alias) {
        Anchor name = alias.getAlias();
        boolean own = open.stream()
                .anyMatch(each -> each.anchor().filter(name::equals).isPresent());
        Yaml target = anchors.get(name);
        if (own || target == null) {
            throw new Refused(
                    placeOf(alias),
                    own
                            ? "the alias *" + name.getValue() + " stands within what it refers to"
                            : "the alias *" + name.getValue() + " has no anchor before it",
                    "define &" + name.getValue() + " above, or write the value out");
        }
        return target;
    }

    private static void refuseTag(Event event, Optional<String> tag) {
        if (tag.isPresent()) {
            throw new Refused(
                    placeOf(event),
                    "the YAML tag " + Text.quote(tag.get()) + " is not supported",
                    "remove it; types follow from the key");
        }
    }

    private static Place placeOf(Event event) {
        return event.getStartMark().map(YamlReader::placeOf).orElse(Place.START);
    }

    /** The parser's mark, counted from 1. */
    static Place placeOf(Mark mark) {
        return new Place(mark.getLine() + 1, mark.getColumn() + 1);
    }
}
