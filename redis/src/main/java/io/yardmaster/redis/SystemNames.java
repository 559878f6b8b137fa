package io.yardmaster.redis;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;

/// Finds host names as the system does, anew for every connection.
///
/// Lettuce would take netty's own DNS client, which reads the hosts file once in its life and knows
/// neither mDNS (`nas.local`) nor what else the system is set up to ask. The system's call blocks,
/// so it is made on a thread of its own and not on the one that serves connections, nor on a
/// virtual one, whose core it would keep hold of.
final class SystemNames extends AddressResolverGroup<InetSocketAddress> {
    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new InetNameResolver(executor) {
            @Override
            protected void doResolve(String host, Promise<InetAddress> promise) {
                Thread.ofPlatform()
                        .daemon()
                        .name("resolve " + host)
                        .start(() -> {
                            try {
                                promise.trySuccess(InetAddress.getAllByName(host)[0]);
                            } catch (UnknownHostException e) {
                                promise.tryFailure(e);
                            }
                        });
            }

            @Override
            protected void doResolveAll(String host, Promise<List<InetAddress>> promise) {
                Thread.ofPlatform()
                        .daemon()
                        .name("resolve " + host)
                        .start(() -> {
                            try {
                                promise.trySuccess(List.of(InetAddress.getAllByName(host)));
                            } catch (UnknownHostException e) {
                                promise.tryFailure(e);
                            }
                        });
            }
        }.asAddressResolver();
    }
}
