package io.lacquer.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A body that left the heap: the same bytes for its holders, none for anybody else, and the account is right. */
class MovedBodyTest {
    private static final int LENGTH = 150_001;

    private final Ledger ledger = new Ledger(10_000_000);
    private MemoryFile file;

    @BeforeEach
    void open() throws IOException {
        file = MemoryFile.create();
    }

    @AfterEach
    void close() throws IOException {
        file.close();
    }

    private static byte[] bytes(int seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private Body body(byte[] bytes) {
        List<byte[]> segments = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += Body.SEGMENT) {
            segments.add(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + Body.SEGMENT)));
        }
        return Body.of(segments, bytes.length, ledger);
    }

    private static byte[] joined(List<byte[]> pieces) {
        ByteBuffer all = ByteBuffer.allocate(
                pieces.stream().mapToInt(each -> each.length).sum());
        pieces.forEach(all::put);
        return all.array();
    }

    @Test
    void itsBytesAreTheSameWhereverTheyAre() throws IOException {
        byte[] bytes = bytes(1, LENGTH);
        Body body = body(bytes);
        body.moveTo(file, ledger);
        assertThat(body.extent()).isNotNull();
        assertThat(body.toBytes()).isEqualTo(bytes);
        for (int[] slice : new int[][] {{0, 1}, {4095, 2}, {65_535, 70_000}, {LENGTH - 1, 1}, {7, LENGTH - 7}}) {
            assertThat(joined(body.slice(slice[0], slice[1])))
                    .isEqualTo(Arrays.copyOfRange(bytes, slice[0], slice[0] + slice[1]));
        }
    }

    @Test
    void itsPagesAreOnTheAccountUntilTheLastHolderIsGone() throws IOException {
        Body body = body(bytes(1, LENGTH));
        body.moveTo(file, ledger);
        assertThat(ledger.used()).isEqualTo(MemoryFile.rounded(LENGTH)).isEqualTo(file.used());
        assertThat(body.hold()).isTrue();
        body.release();
        assertThat(file.used()).isPositive();
        body.release();
        assertThat(ledger.used()).isZero();
        assertThat(file.used()).isZero();
    }

    @Test
    void whoeverDoesNotHoldItFindsNothing() throws IOException {
        Body body = body(bytes(1, LENGTH));
        body.moveTo(file, ledger);
        body.release();
        assertThat(body.hold()).isFalse();
        assertThat(body.share()).isNull();
        assertThatThrownBy(() -> body.slice(0, 1)).isInstanceOf(Body.Gone.class);
        assertThatThrownBy(body::toBytes).isInstanceOf(Body.Gone.class);
    }

    @Test
    void whatNobodyHoldsOrTheLedgerHasNoRoomForStaysWhereItIs() throws IOException {
        byte[] bytes = bytes(1, LENGTH);
        Body left = body(bytes);
        left.release();
        left.moveTo(file, ledger);
        assertThat(left.extent()).isNull();
        assertThat(left.toBytes()).isEqualTo(bytes);
        Ledger full = new Ledger(LENGTH);
        Body tight = Body.of(List.of(bytes), LENGTH, full);
        tight.moveTo(file, full);
        assertThat(tight.extent()).isNull();
        assertThat(full.used()).isEqualTo(LENGTH);
        assertThat(file.used()).isZero();
    }

    @Test
    void onlyLargeOnesThatAreKeptMoveAndOnce() {
        assertThat(body(bytes(1, Body.LARGE)).beginsToMove()).isFalse();
        Body large = body(bytes(1, Body.LARGE + 1));
        assertThat(large.beginsToMove()).isTrue();
        assertThat(large.beginsToMove()).isFalse();
        large.stays();
        assertThat(large.beginsToMove()).isTrue();
        assertThat(Body.of(List.of(bytes(1, LENGTH)), LENGTH, new Ledger(10)).beginsToMove())
                .isFalse();
    }

    /** What the kernel was given waits in the socket as pages of the file, not as copies of them. */
    @Test
    void whatWaitsInASocketStaysAsItWasWhenItsPagesAreGivenBackAndOthersWritten() throws IOException {
        byte[] bytes = bytes(1, 1 << 20);
        Body body = body(bytes);
        body.moveTo(file, ledger);
        MemoryFile.Extent extent = Objects.requireNonNull(body.extent());
        try (ServerSocketChannel listener =
                        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                SocketChannel from = SocketChannel.open(listener.getLocalAddress());
                SocketChannel to = listener.accept()) {
            from.configureBlocking(false);
            FileChannel channel = extent.channel();
            long sent = channel.transferTo(extent.position(), bytes.length, from);
            assertThat(sent).isPositive();
            body.release();
            for (int i = 2; i < 6; i++) {
                body(bytes(i, 1 << 20)).moveTo(file, ledger);
            }
            ByteBuffer got = ByteBuffer.allocate((int) sent);
            while (got.hasRemaining()) {
                to.read(got);
            }
            assertThat(got.array()).isEqualTo(Arrays.copyOf(bytes, (int) sent));
        }
    }
}
