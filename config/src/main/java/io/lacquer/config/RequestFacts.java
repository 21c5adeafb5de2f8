package io.lacquer.config;

import java.util.List;

/** What a policy may ask of a request. Nothing here is trusted more than the caller made sure of. */
public interface RequestFacts {
    /** The method as sent; methods are case-sensitive. */
    String method();

    /** The effective host, lower case; a port may follow. */
    String host();

    /** The normalised path: unreserved characters decoded, dot segments removed, other escapes in upper case. */
    String path();

    /** All values of a field, or an empty list. The name is given in lower case. */
    List<String> header(String lowerCaseName);

    /** All values of a query parameter, or an empty list. */
    List<String> query(String name);
}
