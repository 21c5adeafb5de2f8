package io.lacquer;

/** How a command says what it has to say. */
@SuppressWarnings("MemberName") // as it is typed
enum Format {
    text,
    json
}
