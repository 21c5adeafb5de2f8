package io.lacquer.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The keys of the file as data: for the JSON Schema, the reference table and the tests that compare them. */
public final class ConfigKeys {
    private static final Map<String, Object> ENV = Map.of("type", "string", "pattern", "^$|^\\$\\{");

    private ConfigKeys() {}

    /**
     * One key.
     *
     * @param path with those above it: {@code origins.<name>.servers}, {@code policies[].ttl.browser}
     * @param type what an operator would call it
     * @param fallback the default, "required", or empty
     * @param meaning one clause
     */
    public record Row(String path, String type, String fallback, String meaning) {}

    /** Every key, those above before those below. */
    public static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        collect(RootKeys.SECTION, "", rows);
        return List.copyOf(rows);
    }

    /** The JSON Schema (draft 2020-12) of the file. */
    public static Map<String, Object> schema() {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("title", "Lacquer policies.yaml");
        schema.put("description", "The configuration of Lacquer, a multi-level HTTP caching reverse proxy.");
        schema.putAll(schemaOf(RootKeys.SECTION));
        return schema;
    }

    private static void collect(Shape<?> shape, String path, List<Row> rows) {
        switch (shape) {
            case Section<?> section -> {
                String prefix = path.isEmpty() ? "" : path + ".";
                for (Key<?> key : section.keys()) {
                    rows.add(new Row(prefix + key.name(), typeOf(key.shape()), fallbackOf(key), key.meaning()));
                    collect(key.shape(), prefix + key.name(), rows);
                }
            }
            case ListOf<?> list -> collect(list.item(), path + "[]", rows);
            case Dict<?> dict -> collect(dict.value(), path + ".<" + dict.placeholder() + ">", rows);
            case Either<?> either -> collect(either.each(), path, rows);
            case Located<?> located -> collect(located.shape(), path, rows);
            case Scalar<?> scalar -> {}
        }
    }

    private static String typeOf(Shape<?> shape) {
        return switch (shape) {
            case ListOf<?> list when list.orOne() -> typeOf(list.item()) + ", or a list of such";
            case ListOf<?> list -> "a list: " + typeOf(list.item());
            case Located<?> located -> typeOf(located.shape());
            case Dict<?> dict -> "a mapping: " + dict.placeholder() + " to " + typeOf(dict.value());
            default -> shape.label();
        };
    }

    private static String fallbackOf(Key<?> key) {
        if (key.required()) {
            return "required";
        }
        return key.fallback() instanceof Yaml.Scalar scalar ? scalar.text() : "";
    }

    private static Map<String, Object> schemaOf(Shape<?> shape) {
        return switch (shape) {
            case Scalar<?> scalar -> scalar.schema();
            case Located<?> located -> schemaOf(located.shape());
            case Either<?> either -> Map.of("anyOf", List.of(schemaOf(either.one()), schemaOf(either.each())));
            case Dict<?> dict -> Map.of("type", "object", "additionalProperties", schemaOf(dict.value()));
            case ListOf<?> list -> {
                Map<String, Object> array =
                        Map.of("type", "array", "items", schemaOf(list.item()), "maxItems", list.most());
                yield list.orOne() ? Map.of("anyOf", List.of(schemaOf(list.item()), array)) : array;
            }
            case Section<?> section -> object(section);
        };
    }

    private static Map<String, Object> object(Section<?> section) {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (Key<?> key : section.keys()) {
            Map<String, Object> property = new LinkedHashMap<>();
            property.put("description", description(key));
            Map<String, Object> type = schemaOf(key.shape());
            if (key.required() || key.shape() instanceof Scalar<?>) {
                property.putAll(type);
            } else {
                property.put("anyOf", List.of(type, ENV));
            }
            properties.put(key.name(), property);
        }
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("type", "object");
        object.put("properties", properties);
        List<String> required =
                section.keys().stream().filter(Key::required).map(Key::name).toList();
        if (!required.isEmpty()) {
            object.put("required", required);
        }
        object.put("additionalProperties", false);
        return object;
    }

    private static String description(Key<?> key) {
        String text =
                Character.toUpperCase(key.meaning().charAt(0)) + key.meaning().substring(1);
        String fallback = fallbackOf(key);
        boolean plain = fallback.isEmpty() || key.required();
        return plain ? text + "." : text + ". Default: " + fallback + ".";
    }
}
