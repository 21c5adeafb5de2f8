package io.lacquer.rules;

import io.lacquer.http.CacheControl;
import io.lacquer.http.EntityTag;
import io.lacquer.http.Fields;
import io.lacquer.http.Headers;
import io.lacquer.http.HttpDate;
import io.lacquer.http.ResponseHead;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Conditional requests, both ways: ours to the origin and the client's to us (RFC 9111 §4.3, RFC 9110 §13). */
public final class ValidationRule {
    /** Conditions and ranges of a client: they never leak into a fetch that others may share. */
    private static final List<String> CLIENT_CONDITIONS =
            List.of("If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range", "Range");

    /** Fields that a 304 does not change: the stored bytes are what these say of them (RFC 9111 §3.2). */
    private static final Set<String> OF_THE_BODY =
            Set.of("content-length", "content-encoding", "content-range", "transfer-encoding");

    private ValidationRule() {}

    /** Whether the origin could answer 304 for it. */
    public static boolean hasValidator(ResponseHead head) {
        return head.headers().has("ETag") || HttpDate.parse(head.headers().get("Last-Modified")) != HttpDate.INVALID;
    }

    /** Removes the client's own conditions. */
    public static void stripConditions(Headers.Builder request) {
        CLIENT_CONDITIONS.forEach(request::remove);
    }

    /** Adds the conditions that validate a stored response (RFC 9111 §4.3.1). */
    public static void addConditions(Headers.Builder request, ResponseHead stored) {
        String tag = stored.headers().get("ETag");
        if (tag != null) {
            request.set("If-None-Match", tag);
        }
        String modified = stored.headers().get("Last-Modified");
        if (modified != null && HttpDate.parse(modified) != HttpDate.INVALID) {
            request.set("If-Modified-Since", modified);
        }
    }

    /** The stored head renewed by a 304 (RFC 9111 §3.2): its fields replace those of the same name. */
    public static ResponseHead merge(ResponseHead stored, Headers notModified) {
        Set<String> seen = new HashSet<>();
        Headers.Builder merged = stored.headers().edit();
        for (int i = 0; i < notModified.size(); i++) {
            String name = Fields.lowerCase(notModified.name(i));
            boolean otherTag = name.equals("etag") && stored.headers().has("ETag");
            if (OF_THE_BODY.contains(name) || otherTag) {
                continue; // a tag that only compares as equal may be stronger than what was stored deserves
            }
            if (seen.add(name)) {
                merged.remove(name);
            }
            merged.add(notModified.name(i), notModified.value(i));
        }
        if (!notModified.has("Age")) {
            merged.remove("Age");
        }
        return stored.with(merged.build());
    }

    /** Whether the answer to a HEAD speaks of another representation than the stored one (RFC 9111 §4.3.5). */
    public static boolean contradicts(ResponseHead answer, ResponseHead stored, long storedLength) {
        Headers told = answer.headers();
        Headers known = stored.headers();
        String tag = told.get("ETag");
        String knownTag = known.get("ETag");
        boolean otherTag = tag != null && (knownTag == null || !EntityTag.weakEquals(tag, knownTag));
        String changed = told.get("Last-Modified");
        boolean otherDate = changed != null && !changed.equals(known.get("Last-Modified"));
        String length = told.get("Content-Length");
        boolean otherLength =
                length != null && CacheControl.deltaSeconds(length) != Math.min(storedLength, CacheControl.MAX_SECONDS);
        return otherTag || otherDate || otherLength;
    }

    /**
     * Whether the answer to a HEAD has a validator of the stored one. Without any the two may be of different content, and
     * what is stale would be given a new life (RFC 9111 §4.3.5 leaves that open).
     */
    public static boolean confirms(ResponseHead answer, ResponseHead stored) {
        String tag = answer.headers().get("ETag");
        String knownTag = stored.headers().get("ETag");
        boolean sameTag = tag != null && knownTag != null && EntityTag.weakEquals(tag, knownTag);
        String changed = answer.headers().get("Last-Modified");
        return sameTag || (changed != null && changed.equals(stored.headers().get("Last-Modified")));
    }

    /** Whether a client's condition makes the answer a 304 (RFC 9110 §13.2.2); If-None-Match goes before If-Modified-Since. */
    public static boolean notModified(Headers request, ResponseHead head) {
        if (head.status() != 200 && head.status() != 206) {
            return false;
        }
        List<String> tags = request.all("If-None-Match");
        if (!tags.isEmpty()) {
            return EntityTag.anyMatches(tags, head.headers().get("ETag"));
        }
        long since = HttpDate.parse(request.joined("If-Modified-Since")); // several lines are no date
        if (since == HttpDate.INVALID) {
            return false;
        }
        String changed = head.headers().get("Last-Modified");
        long modified = HttpDate.parse(changed == null ? head.headers().get("Date") : changed);
        return modified != HttpDate.INVALID && modified <= since;
    }
}
