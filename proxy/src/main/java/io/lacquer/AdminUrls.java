package io.lacquer;

import java.net.URI;
import java.net.URISyntaxException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the admin listener's URL on the command line; {@code host:port} alone means http. */
final class AdminUrls implements ITypeConverter<URI> {
    @Override
    public URI convert(String text) {
        try {
            URI url = new URI(text.contains("://") ? text : "http://" + text);
            boolean http = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
            boolean bare = url.getRawUserInfo() == null && url.getRawQuery() == null && url.getRawFragment() == null;
            if (http && bare && url.getHost() != null) {
                return url;
            }
        } catch (URISyntaxException malformed) {
            // said below
        }
        throw new TypeConversionException("'" + text + "' is no URL, e.g. http://127.0.0.1:9090");
    }
}
