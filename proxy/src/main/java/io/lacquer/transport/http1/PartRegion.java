package io.lacquer.transport.http1;

import io.lacquer.exchange.FilePart;
import io.netty.channel.DefaultFileRegion;

/** A part of a file on its way into a socket, by sendfile(2) where there is one. */
final class PartRegion extends DefaultFileRegion {
    private final FilePart part;

    PartRegion(FilePart part) {
        super(part.file(), part.position(), part.count());
        this.part = part;
    }

    /** Bytes that have not left yet. */
    long left() {
        return count() - transferred();
    }

    @Override
    protected void deallocate() {
        part.sent().run(); // the file itself stays open
    }
}
