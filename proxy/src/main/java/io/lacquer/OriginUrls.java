package io.lacquer;

import io.lacquer.config.Origin;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Takes an origin's URL on the command line if it is one: {@code http://host[:port]}. */
final class OriginUrls implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
        try {
            Origin.Server.parse(text);
            return text;
        } catch (IllegalArgumentException wrong) {
            throw new TypeConversionException(wrong.getMessage());
        }
    }
}
