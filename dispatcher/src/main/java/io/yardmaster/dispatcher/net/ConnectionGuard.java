package io.yardmaster.dispatcher.net;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Stands between the HTTP codec and Micronaut's client on one connection and knows which exchange
/// is on it. It
///
/// - tells an exchange that its request is about to be written, and does not write one that was
///   given up meanwhile;
/// - drops the connection of an exchange that ends early, and of that one only: the same connection
///   may carry the next one already;
/// - swallows interim (1xx) responses, a bounded number of them;
/// - closes a connection on which something came that nobody asked for, before it is taken for the
///   answer to the next request;
/// - closes a connection that was idle for too long, with one timer per connection.
///
/// All but [#drop] runs on the connection's event loop.
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a write or close comes as an event
final class ConnectionGuard extends ChannelDuplexHandler {
    private static final int MOST_INTERIM = 16;

    private final long idleNanos;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Exchange current;
    private @Nullable LastHttpContent end;
    private int interim;
    private boolean inInterim;
    private boolean surplus;
    private long idleSince;
    private @Nullable ScheduledFuture<?> idleCheck;

    ConnectionGuard(long idleNanos) {
        this.idleNanos = idleNanos;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        idleSince = ctx.executor().ticker().nanoTime();
        checkIdleIn(ctx, idleNanos);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        ScheduledFuture<?> check = idleCheck;
        if (check != null) {
            check.cancel(false);
        }
    }

    private void checkIdleIn(ChannelHandlerContext ctx, long nanos) {
        idleCheck = ctx.executor().schedule(() -> checkIdle(ctx), nanos, TimeUnit.NANOSECONDS);
    }

    private void checkIdle(ChannelHandlerContext ctx) {
        long idle = ctx.executor().ticker().nanoTime() - idleSince;
        if (current == null && idle >= idleNanos) {
            ctx.close();
        } else if (ctx.channel().isActive()) {
            checkIdleIn(ctx, current == null ? idleNanos - idle : idleNanos);
        }
    }

    /// Closes the connection if this exchange is still on it. Any thread.
    void drop(Exchange exchange) {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            return;
        }
        if (!ctx.executor().inEventLoop()) {
            ctx.executor().execute(() -> drop(exchange));
        } else if (current == exchange) {
            ctx.close();
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof HttpRequest request
                && request.headers() instanceof OutboundRequest.Fields fields) {
            begin(ctx, request, fields.exchange(), promise);
        } else {
            ctx.write(message, promise);
        }
    }

    private void begin(
            ChannelHandlerContext ctx,
            HttpRequest request,
            Exchange exchange,
            ChannelPromise promise) {
        if (!ctx.channel().isActive()) {
            exchange.notSent("the connection was closed before the request was written");
            ReferenceCountUtil.release(request);
            promise.tryFailure(new ClosedChannelException());
            return;
        }
        if (!exchange.sentOn(this)) {
            ReferenceCountUtil.release(request);
            promise.trySuccess();
            // an answer of our own gives the connection back to the pool; later, not from within
            // the pool's call, or a row of given-up requests would nest
            ctx.executor().execute(() -> answerUnsent(ctx));
            return;
        }
        current = exchange;
        if (request instanceof FullHttpRequest full
                && !full.content().isReadable()
                && request.method().equals(HttpMethod.DELETE)) {
            request.headers().remove(HttpHeaderNames.CONTENT_LENGTH);
        }
        ctx.write(request, promise);
    }

    private static void answerUnsent(ChannelHandlerContext ctx) {
        DefaultFullHttpResponse answer =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NO_CONTENT);
        ctx.fireChannelRead(answer);
        ctx.fireChannelReadComplete();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (current == null || end != null) {
            surplus = true;
            ReferenceCountUtil.release(message);
        } else if (message instanceof HttpResponse response && isInterim(response)) {
            inInterim = true;
            interim++;
            if (interim > MOST_INTERIM || response.status().code() == 101) {
                refuse(ctx, current, response);
            }
        } else if (inInterim) {
            inInterim = !(message instanceof LastHttpContent);
            ReferenceCountUtil.release(message);
        } else if (message instanceof LastHttpContent last && last.decoderResult().isSuccess()) {
            end = last; // whether anything follows is known when this read is complete
        } else {
            ctx.fireChannelRead(message);
        }
    }

    private static boolean isInterim(HttpResponse response) {
        int status = response.status().code();
        return response.decoderResult().isSuccess() && status >= 100 && status < 200;
    }

    /// We never ask for an upgrade, and a flood of interim responses would hold the connection.
    private static void refuse(
            ChannelHandlerContext ctx, Exchange exchange, HttpResponse response) {
        exchange.broken("too many or unexpected interim responses: " + response.status().code());
        ctx.close();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        finish(ctx);
        ctx.fireChannelReadComplete();
    }

    private void finish(ChannelHandlerContext ctx) {
        if (surplus) {
            ctx.close(); // before the pool hands the connection to the next request
        }
        LastHttpContent last = end;
        if (last != null) {
            end = null;
            current = null;
            interim = 0;
            idleSince = ctx.executor().ticker().nanoTime();
            ctx.fireChannelRead(last);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        finish(ctx);
        current = null;
        ctx.fireChannelInactive();
    }
}
