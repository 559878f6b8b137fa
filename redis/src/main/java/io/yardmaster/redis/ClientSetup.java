package io.yardmaster.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SocketOptions.KeepAliveOptions;
import io.lettuce.core.SocketOptions.TcpUserTimeoutOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.protocol.DefaultEndpoint;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.EventLoopGroupProvider;
import io.netty.channel.EventLoopGroup;
import io.netty.util.Timer;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// How Lettuce is set up, the same for a single Redis and a cluster.
///
/// By default Lettuce sends commands again after a reconnect that it had already sent before (an
/// INCR counted twice), queues 2^31 of them while disconnected, waits 60 s for an answer and up to
/// 30 s between attempts to reconnect. Each of that is turned off here.
final class ClientSetup {
    static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final int REQUEST_LIMIT = 50_000;

    private ClientSetup() {}

    /// @param timer for time limits; the caller's to stop
    /// @param loops the caller's to close
    static ClientResources resources(Timer timer, EventLoops loops) {
        return ClientResources.builder()
                .timer(timer)
                .eventLoopGroupProvider(new Lent(loops))
                .eventExecutorGroup(loops.group())
                // 6 MB of histograms that nobody reads: calls are timed by us
                .commandLatencyRecorder(CommandLatencyRecorder.disabled())
                .reconnectDelay(
                        Delay.fullJitter(
                                Duration.ofMillis(20),
                                Duration.ofMillis(500),
                                50,
                                TimeUnit.MILLISECONDS))
                .addressResolverGroup(new SystemNames())
                .build();
    }

    /// Event loops that Lettuce uses and does not end.
    private record Lent(EventLoops loops) implements EventLoopGroupProvider {
        @Override
        public <T extends EventLoopGroup> T allocate(Class<T> type) {
            return type.cast(loops.group());
        }

        @Override
        public int threadPoolSize() {
            return loops.size();
        }

        @Override
        public Promise<Boolean> release(
                EventExecutorGroup group, long quietPeriod, long timeout, TimeUnit unit) {
            return ended();
        }

        @Override
        public Promise<Boolean> shutdown(long quietPeriod, long timeout, TimeUnit unit) {
            return ended();
        }

        private static Promise<Boolean> ended() {
            return ImmediateEventExecutor.INSTANCE.<Boolean>newPromise().setSuccess(true);
        }
    }

    static RedisURI uri(RedisConfig config, String text) {
        RedisURI uri = RedisURI.create(text);
        uri.setTimeout(config.commandTimeout());
        if (config.encrypted()) {
            uri.setVerifyPeer(SslVerifyMode.FULL);
            uri.getSentinels().forEach(sentinel -> sentinel.setVerifyPeer(SslVerifyMode.FULL));
        }
        uri.getSentinels().forEach(sentinel -> sentinel.setTimeout(config.commandTimeout()));
        return uri;
    }

    static <B extends ClientOptions.Builder> B options(B builder, RedisConfig config) {
        builder.autoReconnect(true)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(REQUEST_LIMIT)
                // We time calls ourselves: a late answer is a sign of life, and Lettuce's own timer
                // would hide it.
                .timeoutOptions(TimeoutOptions.create())
                .socketOptions(
                        SocketOptions.builder()
                                .connectTimeout(CONNECT_TIMEOUT)
                                .keepAlive(
                                        KeepAliveOptions.builder()
                                                .enable()
                                                .idle(Duration.ofSeconds(5))
                                                .interval(Duration.ofSeconds(2))
                                                .count(3)
                                                .build())
                                .tcpUserTimeout(
                                        TcpUserTimeoutOptions.builder()
                                                .enable()
                                                .tcpUserTimeout(Duration.ofSeconds(5))
                                                .build())
                                .build());
        if (config.encrypted()) {
            builder.sslOptions(tls(config.tls()));
        }
        return builder;
    }

    /// The files are read again for every connection, so certificates can be replaced while we run.
    private static SslOptions tls(RedisConfig.Tls tls) {
        SslOptions.Builder options = SslOptions.builder().jdkSslProvider();
        tls.ca().map(Path::toFile).ifPresent(options::trustManager);
        tls.certificate()
                .ifPresent(certificate ->
                        options.keyManager(
                                certificate.toFile(),
                                tls.key().orElseThrow().toFile(),
                                new char[0]));
        return options.build();
    }

    /// Closes the connection below; Lettuce makes a new one, and asks names and sentinels anew.
    static void reconnect(Object connection) {
        if (connection instanceof RedisChannelHandler<?, ?> handler
                && handler.getChannelWriter() instanceof DefaultEndpoint endpoint) {
            endpoint.disconnect();
        }
    }
}
