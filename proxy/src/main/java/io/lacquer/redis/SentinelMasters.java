package io.lacquer.redis;

import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.ValueListOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Asks the sentinels. Each time another one is first, so that one that is cut off and still names the old master is
 * not believed for ever. A sentinel is told user and password only if it asks for them: most have none.
 */
final class SentinelMasters implements Masters {
    private final Address address;
    private final Enquiry enquiry;
    private final AtomicInteger first = new AtomicInteger();

    SentinelMasters(Address address, Enquiry enquiry) {
        this.address = address;
        this.enquiry = enquiry;
    }

    @Override
    public CompletionStage<RedisURI> masterFor(byte[] key) {
        int start = first.getAndIncrement();
        int count = address.places().size();
        CompletableFuture<RedisURI> unknown = CompletableFuture.failedFuture(new RedisException("no sentinel"));
        CompletionStage<RedisURI> answer = unknown;
        List<String> said = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Address.Place sentinel = address.places().get(Math.floorMod(start + i, count));
            answer = answer.exceptionallyCompose(before -> ask(sentinel)).whenComplete((master, failure) -> {
                if (failure != null) {
                    said.add(String.valueOf(Enquiry.root(failure).getMessage()));
                }
            });
        }
        return answer.exceptionally(last -> {
            throw new CompletionException(new RedisException("no Sentinel names a master ("
                    + String.join("; ", said.stream().distinct().toList()) + ")"));
        });
    }

    private CompletionStage<RedisURI> ask(Address.Place sentinel) {
        CompletionStage<RedisURI> anonymously = enquiry.ask(address.anonymousAt(sentinel), this::question);
        if (address.password() == null) {
            return anonymously;
        }
        RedisURI named = address.at(sentinel);
        named.setDatabase(0);
        return anonymously.exceptionallyCompose(failure ->
                isRefusal(failure) ? enquiry.ask(named, this::question) : CompletableFuture.failedFuture(failure));
    }

    private static boolean isRefusal(Throwable failure) {
        return String.valueOf(Enquiry.root(failure).getMessage()).startsWith("NOAUTH");
    }

    private CompletionStage<RedisURI> question(RedisAsyncCommands<String, String> sentinel) {
        CommandArgs<String, String> args = new CommandArgs<>(StringCodec.UTF8)
                .add("get-master-addr-by-name")
                .add(address.master());
        return sentinel.dispatch(CommandType.SENTINEL, new ValueListOutput<>(StringCodec.UTF8), args)
                .thenApply(this::master);
    }

    private RedisURI master(List<String> said) {
        if (said.size() != 2) {
            throw new RedisException("none is called " + address.master());
        }
        return address.at(new Address.Place(said.get(0), Integer.parseInt(said.get(1))));
    }
}
