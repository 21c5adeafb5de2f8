package io.lacquer.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldNamesTest {
    private static @Nullable String read(String line, int length) {
        return FieldNames.of(line.getBytes(StandardCharsets.ISO_8859_1), length);
    }

    private static @Nullable String read(String name) {
        return read(name, name.length());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Cache-Control", "cache-control", "ETag", "etag", "X-Forwarded-For", "WWW-Authenticate"})
    void aCommonNameIsTheSameObjectEachTime(String name) {
        assertThat(read(name)).isEqualTo(name).isSameAs(read(name + ": value", name.length()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cACHE-cONTROL", "X-Unheard-Of", "x", "Cache-Control2", "Cache-Contro"})
    void anyOtherNameIsAsWritten(String name) {
        assertThat(read(name)).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " Host", "Host ", "Ho st", "Höst", "Host\u0000", "Host\u007f", "(", "a,b"})
    void whatIsNoTokenIsNoName(String name) {
        assertThat(read(name)).isNull();
    }

    @Test
    void everyOctetIsJudgedAsInText() {
        for (int octet = 0; octet < 256; octet++) {
            String name = "a" + (char) octet;
            assertThat(read(name) != null).as("octet %d", octet).isEqualTo(Fields.isToken(name));
        }
    }
}
