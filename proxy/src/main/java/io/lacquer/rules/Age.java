package io.lacquer.rules;

import io.lacquer.http.CacheControl;
import io.lacquer.http.Headers;
import io.lacquer.http.HttpDate;

/** How old a response was when it arrived (RFC 9111 §4.2.3). */
public final class Age {
    private Age() {}

    /**
     * The corrected initial age in milliseconds, never below 0.
     *
     * @param requestMillis wall time at which the request left
     * @param responseMillis wall time at which the head arrived
     */
    public static long initial(Headers headers, long requestMillis, long responseMillis) {
        long date = HttpDate.parse(headers.get("Date"));
        long apparent = date == HttpDate.INVALID ? 0 : Math.max(0, responseMillis - date);
        String field = headers.get("Age");
        long given = field == null ? 0 : Math.max(0, CacheControl.deltaSeconds(firstMember(field))) * 1000;
        long corrected = given + Math.max(0, responseMillis - requestMillis);
        return Math.max(apparent, corrected);
    }

    private static String firstMember(String field) {
        int comma = field.indexOf(',');
        return comma < 0 ? field : field.substring(0, comma).strip();
    }
}
