package io.lacquer.exchange;

import io.lacquer.http.RequestHead;
import java.net.InetAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The main listener's service: an {@link Exchange} a request. */
public final class ProxyService implements Service {
    private final Engine engine;
    private final Consumer<Failure> refusals;

    /** Serves with an engine; refusals are counted by {@code refusals}. */
    public ProxyService(Engine engine, Consumer<Failure> refusals) {
        this.engine = engine;
        this.refusals = refusals;
    }

    @Override
    public Handling handle(
            RequestHead head, @Nullable BodyStream body, long bodyLength, InetAddress peer, Downstream client) {
        Exchange exchange = new Exchange(engine, head, body, bodyLength, peer, client);
        client.loop().execute(exchange::start);
        return exchange;
    }

    @Override
    public void refused(Failure failure, InetAddress peer) {
        refusals.accept(failure);
    }
}
