package io.yardmaster.dispatcher.net;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.micronaut.buffer.netty.NettyReadBufferFactory;
import io.micronaut.core.convert.ConversionService;
import io.micronaut.core.io.ResourceResolver;
import io.micronaut.core.io.buffer.ReadBuffer;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.bind.DefaultRequestBinderRegistry;
import io.micronaut.http.body.MessageBodyHandlerRegistry;
import io.micronaut.http.body.stream.AvailableByteArrayBody;
import io.micronaut.http.client.DefaultHttpClientConfiguration;
import io.micronaut.http.client.HttpClientConfiguration;
import io.micronaut.http.client.HttpVersionSelection;
import io.micronaut.http.client.RawHttpClient;
import io.micronaut.http.client.filter.ClientFilterResolutionContext;
import io.micronaut.http.client.netty.DefaultHttpClient;
import io.micronaut.http.client.netty.NettyClientCustomizer;
import io.micronaut.http.client.netty.ssl.NettyClientSslBuilder;
import io.micronaut.http.codec.MediaTypeCodecRegistry;
import io.micronaut.http.filter.GenericHttpFilter;
import io.micronaut.http.filter.HttpClientFilterResolver;
import io.micronaut.http.netty.channel.ChannelPipelineCustomizer;
import io.micronaut.websocket.context.WebSocketBeanRegistry;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.util.HashedWheelTimer;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.yardmaster.dispatcher.dispatch.Forwarder;
import io.yardmaster.nodes.Node;
import io.yardmaster.redis.EventLoops;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Sends attempts to nodes with Micronaut's HTTP client, over pooled HTTP/1.1 connections that are
/// made to allowed addresses only. Blocks its caller, which should be a virtual thread;
/// thread-safe.
///
/// An answer's `Content-Length` is passed on as the node said it, also where the body was cut. What
/// comes compressed stays so.
public final class HttpForwarder implements Forwarder, AutoCloseable {
    /// How to speak to nodes.
    ///
    /// @param connectTimeout for one TCP connect, 1 ms to 1 min; twice that may pass until a
    ///   request has a connection, as names are looked up and TLS is agreed on, too
    /// @param connectionsPerNode most connections to one node from this replica, 1 to 100,000; also
    ///   the most requests that wait for one
    /// @param maxBody most bytes of an answer's body, 1 and more; the rest is cut
    /// @param idleTimeout connections unused for so long are closed, 1 ms to 1 h
    public record Config(
            Duration connectTimeout, int connectionsPerNode, int maxBody, Duration idleTimeout) {
        public Config {
            check("connectTimeout", connectTimeout, Duration.ofMinutes(1));
            check("idleTimeout", idleTimeout, Duration.ofHours(1));
            check("connectionsPerNode", connectionsPerNode, 100_000);
            check("maxBody", maxBody, Integer.MAX_VALUE - 64);
        }

        public static Config defaults() {
            return new Config(Duration.ofSeconds(1), 1000, 1024 * 1024, Duration.ofSeconds(30));
        }

        public Config withMaxBody(int bytes) {
            return new Config(connectTimeout, connectionsPerNode, bytes, idleTimeout);
        }

        public Config withConnectTimeout(Duration timeout) {
            return new Config(timeout, connectionsPerNode, maxBody, idleTimeout);
        }

        public Config withIdleTimeout(Duration timeout) {
            return new Config(connectTimeout, connectionsPerNode, maxBody, timeout);
        }

        public Config withConnectionsPerNode(int connections) {
            return new Config(connectTimeout, connections, maxBody, idleTimeout);
        }

        private static void check(String name, Duration value, Duration most) {
            if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(most) > 0) {
                throw new IllegalArgumentException(
                        "%s: %s (expected: 1 ms to %s)".formatted(name, value, most));
            }
        }

        private static void check(String name, int value, int most) {
            if (value < 1 || value > most) {
                throw new IllegalArgumentException(
                        "%s: %d (expected: 1 to %d)".formatted(name, value, most));
            }
        }
    }

    /// What deadlines may be late by, and how often an idle yard looks for some.
    private static final long TICK_MS = 20;

    private static final int MAX_HEADER_BYTES = 32 * 1024;
    private static final NettyReadBufferFactory BUFFERS =
            NettyReadBufferFactory.of(UnpooledByteBufAllocator.DEFAULT);

    private final Config config;
    private final AllowedNetworks networks;
    private final NodeTransport transport;
    private final RawHttpClient client;
    private final Duration forConnection;
    private final HashedWheelTimer deadlines =
            new HashedWheelTimer(
                    new DefaultThreadFactory("node-deadlines", true), TICK_MS, MILLISECONDS);

    /// @param loops for its connections; they must outlive it
    public HttpForwarder(Config config, AllowedNetworks networks, EventLoops loops) {
        this.config = config;
        this.networks = networks;
        this.forConnection = config.connectTimeout().multipliedBy(2);
        this.transport = NodeTransport.on(loops);
        this.client = client();
        deadlines.start(); // at the first use it would swallow an interrupt
    }

    @SuppressWarnings("deprecation") // the only public way to give the client loops and a resolver
    private RawHttpClient client() {
        return new DefaultHttpClient(
                null,
                HttpVersionSelection.forClientConfiguration(settings()),
                settings(),
                null,
                new NoFilters(),
                List.of(),
                new DefaultThreadFactory("node-http", true),
                new NettyClientSslBuilder(new ResourceResolver()),
                MediaTypeCodecRegistry.of(),
                MessageBodyHandlerRegistry.EMPTY,
                WebSocketBeanRegistry.EMPTY,
                new DefaultRequestBinderRegistry(ConversionService.SHARED),
                transport.loops().group(),
                transport::socket,
                transport::datagram,
                new Guarding(config.idleTimeout().toNanos()),
                null,
                ConversionService.SHARED,
                new CheckedResolver(networks));
    }

    private HttpClientConfiguration settings() {
        DefaultHttpClientConfiguration settings = new DefaultHttpClientConfiguration();
        settings.setFollowRedirects(false);
        settings.setDecompressionEnabled(false);
        settings.setExceptionOnErrorStatus(false);
        settings.setConnectTimeout(config.connectTimeout());
        settings.setReadTimeout(null); // an exchange has one deadline for all of it
        settings.setConnectionPoolIdleTimeout(null); // the guard does that at less cost
        settings.setMaxContentLength(Integer.MAX_VALUE); // an exchange cuts, and is no error
        settings.setMaxHeaderSize(MAX_HEADER_BYTES);
        settings.setPlaintextMode(HttpVersionSelection.PlaintextMode.HTTP_1);
        settings.setAlpnModes(List.of(HttpVersionSelection.ALPN_HTTP_1));
        var pool = settings.getConnectionPoolConfiguration();
        pool.setMaxConcurrentHttp1Connections(config.connectionsPerNode());
        pool.setMaxPendingConnections(config.connectionsPerNode());
        // those that were given up hold their place until a connection comes for them
        pool.setMaxPendingAcquires(Math.max(64, config.connectionsPerNode()));
        return settings;
    }

    /// Requests to nodes go out as they are.
    private static final class NoFilters
            implements HttpClientFilterResolver<ClientFilterResolutionContext> {
        @Override
        public List<FilterEntry> resolveFilterEntries(ClientFilterResolutionContext context) {
            return Collections.emptyList();
        }

        @Override
        public List<GenericHttpFilter> resolveFilters(
                HttpRequest<?> request, List<FilterEntry> entries) {
            return Collections.emptyList(); // not List.of(): the caller sorts it
        }
    }

    /// Puts a [ConnectionGuard] on every connection.
    private record Guarding(long idleNanos) implements NettyClientCustomizer {
        @Override
        public NettyClientCustomizer specializeForChannel(Channel channel, ChannelRole role) {
            long idle = idleNanos;
            return new NettyClientCustomizer() {
                @Override
                public void onStreamPipelineBuilt() {
                    channel.pipeline()
                            .addAfter(
                                    ChannelPipelineCustomizer.HANDLER_HTTP_CLIENT_CODEC,
                                    "connection-guard",
                                    new ConnectionGuard(idle));
                }
            };
        }
    }

    /// @throws IllegalArgumentException when the request holds what cannot be sent as given: a
    ///   method or header name that is no token, control characters, a space in the path. It is not
    ///   sent; nodes would all refuse it alike
    @Override
    public Answer send(Node node, Outgoing request, Duration timeout, BooleanSupplier maySend)
            throws InterruptedException {
        return send(node.url(), request, timeout, config.maxBody(), maySend);
    }

    Answer send(Node node, Outgoing request, Duration timeout, int maxBody)
            throws InterruptedException {
        return send(node.url(), request, timeout, maxBody);
    }

    /// @param base the path of the request is appended to its path
    Answer send(URI base, Outgoing request, Duration timeout, int maxBody)
            throws InterruptedException {
        return send(base, request, timeout, maxBody, () -> true);
    }

    private Answer send(
            URI base, Outgoing request, Duration timeout, int maxBody, BooleanSupplier maySend)
            throws InterruptedException {
        Exchange exchange = new Exchange(maxBody, maySend);
        OutboundRequest outbound = new OutboundRequest(base, request, exchange);
        ReadBuffer body = BUFFERS.adapt(Unpooled.wrappedBuffer(request.body()));
        client.exchange(outbound, AvailableByteArrayBody.create(body), null).subscribe(exchange);
        return exchange.await(timeout, forConnection, deadlines);
    }

    AllowedNetworks networks() {
        return networks;
    }

    /// Closes all connections. Attempts under way end as broken.
    @Override
    public void close() {
        try {
            client.close();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        } finally {
            deadlines.stop();
        }
    }
}
