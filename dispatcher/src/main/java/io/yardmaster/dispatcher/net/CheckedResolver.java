package io.yardmaster.dispatcher.net;

import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/// Resolves the host of every new connection itself and hands on allowed addresses only, so that
/// the address that was checked is the address that is connected. `Host`, SNI and certificate
/// checks still go by the name. Lookups block, so they run on virtual threads, never on an event
/// loop.
final class CheckedResolver extends AddressResolverGroup<InetSocketAddress> {
    private final AllowedNetworks networks;

    CheckedResolver(AllowedNetworks networks) {
        this.networks = networks;
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new AbstractAddressResolver<>(executor, InetSocketAddress.class) {
            // Never: an address that came resolved is checked as well.
            @Override
            protected boolean doIsResolved(InetSocketAddress address) {
                return false;
            }

            @Override
            protected void doResolve(InetSocketAddress wanted, Promise<InetSocketAddress> promise) {
                look(wanted, promise, List::getFirst);
            }

            @Override
            protected void doResolveAll(
                    InetSocketAddress wanted, Promise<List<InetSocketAddress>> promise) {
                look(wanted, promise, all -> all);
            }
        };
    }

    private <T> void look(
            InetSocketAddress wanted,
            Promise<T> promise,
            java.util.function.Function<List<InetSocketAddress>, T> pick) {
        Thread.ofVirtual()
                .name("resolve-" + wanted.getHostString())
                .start(() -> {
                    try {
                        InetAddress[] found =
                                networks.resolve(wanted.getHostString(), wanted.getPort());
                        promise.trySuccess(
                                pick.apply(
                                        Arrays.stream(found)
                                                .map(ip ->
                                                        new InetSocketAddress(ip, wanted.getPort()))
                                                .toList()));
                    } catch (UnknownHostException | RuntimeException e) {
                        promise.tryFailure(e);
                    }
                });
    }
}
