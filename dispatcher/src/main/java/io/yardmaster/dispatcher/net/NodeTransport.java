package io.yardmaster.dispatcher.net;

import io.micronaut.http.netty.channel.EpollEventLoopGroupFactory;
import io.micronaut.http.netty.channel.EventLoopGroupFactory;
import io.micronaut.http.netty.channel.NettyChannelType;
import io.micronaut.http.netty.channel.NioEventLoopGroupFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/// The event loops towards the nodes, and the sockets that fit them: native epoll where it is
/// there, the JDK's selectors elsewhere.
record NodeTransport(EventLoopGroupFactory factory, EventLoopGroup loops) {
    static NodeTransport open(int threads) {
        try {
            return open(threads, new EpollEventLoopGroupFactory());
        } catch (LinkageError noEpoll) {
            return open(threads, new NioEventLoopGroupFactory());
        }
    }

    @SuppressWarnings("deprecation") // the other form wants a configuration bean for two numbers
    private static NodeTransport open(int threads, EventLoopGroupFactory factory) {
        return new NodeTransport(
                factory,
                factory.createEventLoopGroup(
                        threads, new DefaultThreadFactory("node-io", true), null));
    }

    SocketChannel socket() {
        return (SocketChannel) factory.channelInstance(NettyChannelType.CLIENT_SOCKET, null);
    }

    DatagramChannel datagram() {
        return (DatagramChannel) factory.channelInstance(NettyChannelType.DATAGRAM_SOCKET, null);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // daemon threads; nobody waits for their end
    void close() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
