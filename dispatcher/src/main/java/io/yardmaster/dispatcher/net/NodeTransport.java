package io.yardmaster.dispatcher.net;

import io.micronaut.http.netty.channel.EpollEventLoopGroupFactory;
import io.micronaut.http.netty.channel.EventLoopGroupFactory;
import io.micronaut.http.netty.channel.NettyChannelType;
import io.micronaut.http.netty.channel.NioEventLoopGroupFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

/// Native epoll where it is there, the JDK's selectors elsewhere.
record NodeTransport(EventLoopGroupFactory factory, IoHandlerFactory handlers) {
    static NodeTransport best() {
        try {
            return of(new EpollEventLoopGroupFactory());
        } catch (LinkageError noEpoll) {
            return of(new NioEventLoopGroupFactory());
        }
    }

    private static NodeTransport of(EventLoopGroupFactory factory) {
        return new NodeTransport(factory, factory.createIoHandlerFactory());
    }

    EventLoopGroup loops(int threads) {
        return new MultiThreadIoEventLoopGroup(
                threads, new DefaultThreadFactory("node-io", true), handlers);
    }

    SocketChannel socket() {
        return (SocketChannel) factory.channelInstance(NettyChannelType.CLIENT_SOCKET, null);
    }

    DatagramChannel datagram() {
        return (DatagramChannel) factory.channelInstance(NettyChannelType.DATAGRAM_SOCKET, null);
    }
}
