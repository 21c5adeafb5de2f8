package io.lacquer.store;

import io.lacquer.http.NoVarySearch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** What a key leads to in a tier. */
public sealed interface Slot permits StoredResponse, Slot.VaryIndex, Slot.SearchIndex, Slot.Alias {
    /** The bytes that it takes in memory beyond its body, estimated generously. */
    long overhead();

    /**
     * One variant of a resource.
     *
     * @param slotKey where it is
     * @param varied its own nominated values
     * @param language its {@code Content-Language} if that is a single one, else null
     * @param coding its {@code Content-Encoding} if that is a single one, else null
     */
    record Variant(
            String slotKey,
            Map<String, String> varied,
            @Nullable String language,
            @Nullable String coding) {}

    /**
     * A resource with variants: the union of the fields that any of them nominates, and the variants that are
     * thought to be there, oldest first.
     *
     * @param keyText the key that it was stored under, verified on read
     * @param fields lower case
     * @param memos of answers that were given from it
     */
    record VaryIndex(String keyText, SortedSet<String> fields, List<Variant> variants, Memos memos) implements Slot {
        /** An index without memos. */
        public VaryIndex(String keyText, SortedSet<String> fields, List<Variant> variants) {
            this(keyText, fields, variants, new Memos());
        }

        /** An index that knows of no variant. */
        public VaryIndex(String keyText, SortedSet<String> fields) {
            this(keyText, fields, List.of());
        }

        @Override
        public long overhead() {
            long sum = 1_400L + keyText.length(); // with its memos
            for (String field : fields) {
                sum += 100L + field.length();
            }
            for (Variant variant : variants) {
                sum += 200L + variant.slotKey().length();
                for (Map.Entry<String, String> value : variant.varied().entrySet()) {
                    sum += 120L + value.getValue().length();
                }
            }
            return sum;
        }
    }

    /**
     * What the answers of one path said of queries that do not differ, the last first.
     *
     * @param path the key without its query
     * @param rules at most {@link #MOST_RULES}
     */
    record SearchIndex(String path, List<NoVarySearch> rules) implements Slot {
        /** Older ones are forgotten. */
        static final int MOST_RULES = 4;

        /** The same with one more, or with that one first. */
        SearchIndex with(NoVarySearch rule) {
            List<NoVarySearch> all = new ArrayList<>(List.of(rule));
            rules.stream().filter(known -> !known.equals(rule)).forEach(all::add);
            return new SearchIndex(path, List.copyOf(all.subList(0, Math.min(all.size(), MOST_RULES))));
        }

        @Override
        public long overhead() {
            long sum = 300L + path.length();
            for (NoVarySearch rule : rules) {
                sum += 100;
                for (String name : rule.names()) {
                    sum += 60L + name.length();
                }
            }
            return sum;
        }
    }

    /** All queries of one kind lead to the key of the last answer to any of them. */
    record Alias(String keyText) implements Slot {
        @Override
        public long overhead() {
            return 400L + 2L * keyText.length(); // its own key is hardly longer
        }
    }
}
