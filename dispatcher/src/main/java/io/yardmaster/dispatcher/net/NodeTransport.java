package io.yardmaster.dispatcher.net;

import io.micronaut.http.netty.channel.EpollEventLoopGroupFactory;
import io.micronaut.http.netty.channel.EventLoopGroupFactory;
import io.micronaut.http.netty.channel.NettyChannelType;
import io.micronaut.http.netty.channel.NioEventLoopGroupFactory;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.yardmaster.redis.EventLoops;

/// The sockets towards the nodes, and the event loops that they fit.
record NodeTransport(EventLoopGroupFactory factory, EventLoops loops) {
    static NodeTransport on(EventLoops loops) {
        return new NodeTransport(
                loops.isNative()
                        ? new EpollEventLoopGroupFactory()
                        : new NioEventLoopGroupFactory(),
                loops);
    }

    SocketChannel socket() {
        return (SocketChannel) factory.channelInstance(NettyChannelType.CLIENT_SOCKET, null);
    }

    DatagramChannel datagram() {
        return (DatagramChannel) factory.channelInstance(NettyChannelType.DATAGRAM_SOCKET, null);
    }
}
