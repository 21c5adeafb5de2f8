package io.lacquer.demo;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The demo API's users, in memory. */
final class Users {
    private final Map<Integer, User> users = new ConcurrentHashMap<>();
    private final AtomicInteger last = new AtomicInteger();

    Users() {
        for (String name : List.of("Ada", "Edsger", "Grace")) {
            add(Map.of("name", name));
        }
    }

    /**
     * One person.
     *
     * @param version 1 at first, and one more with each write
     */
    record User(int id, String name, String email, int version) {}

    /** All, in order of their number. */
    List<User> all() {
        List<User> list = new ArrayList<>(users.values());
        list.sort(Comparator.comparingInt(User::id));
        return list;
    }

    Optional<User> find(int id) {
        return Optional.ofNullable(users.get(id));
    }

    User add(Map<?, ?> fields) {
        int id = last.incrementAndGet();
        String name = text(fields.get("name"), "User " + id);
        User added = new User(id, name, text(fields.get("email"), email(name)), 1);
        users.put(id, added);
        return added;
    }

    /** Writes the fields that are given; empty where there is no such user. */
    Optional<User> change(int id, Map<?, ?> fields) {
        return Optional.ofNullable(users.computeIfPresent(
                id,
                (key, was) -> new User(
                        id,
                        text(fields.get("name"), was.name()),
                        text(fields.get("email"), was.email()),
                        was.version() + 1)));
    }

    boolean remove(int id) {
        return users.remove(id) != null;
    }

    private static String text(@Nullable Object value, String otherwise) {
        return value == null ? otherwise : value.toString();
    }

    private static String email(String name) {
        return name.toLowerCase(Locale.ROOT).replace(' ', '.') + "@example.com";
    }
}
