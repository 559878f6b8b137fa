package io.yardmaster.dispatcher.net;

import io.micronaut.core.convert.ConversionService;
import io.micronaut.core.convert.value.MutableConvertibleValues;
import io.micronaut.core.convert.value.MutableConvertibleValuesMap;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpHeaders;
import io.micronaut.http.MutableHttpParameters;
import io.micronaut.http.MutableHttpRequest;
import io.micronaut.http.cookie.Cookie;
import io.micronaut.http.cookie.Cookies;
import io.micronaut.http.netty.NettyHttpHeaders;
import io.micronaut.http.netty.NettyHttpRequestBuilder;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.yardmaster.dispatcher.dispatch.Forwarder.Outgoing;
import io.yardmaster.queue.Alphabet;
import io.yardmaster.queue.Request;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/// A request as it goes onto the wire. Micronaut takes the target from a [URI], which cannot hold
/// every target (`/%zz`, `/a|b`); this one gives Netty the target as the producer wrote it. Used
/// for one exchange by one thread at a time.
final class OutboundRequest implements MutableHttpRequest<Object>, NettyHttpRequestBuilder {
    /// The fields of one request; they lead the connection's [ConnectionGuard] to the exchange.
    static final class Fields extends DefaultHttpHeaders {
        private final Exchange exchange;

        /// Without Netty's check of names and values: the request makes it itself, and what the
        /// client sets for each connection are constants and numbers.
        Fields(Exchange exchange) {
            super(false, _ -> {});
            this.exchange = exchange;
        }

        Exchange exchange() {
            return exchange;
        }
    }

    /// Keeps the target that it was made with.
    private static final class RawTarget extends DefaultHttpRequest {
        RawTarget(String method, String target, Fields fields) {
            super(
                    HttpVersion.HTTP_1_1,
                    io.netty.handler.codec.http.HttpMethod.valueOf(method),
                    target,
                    fields);
        }

        @Override
        public HttpRequest setUri(String uri) {
            return this;
        }
    }

    /// Micronaut asks for the content type of every request and fails on one that it cannot read.
    private static final class UnreadFields extends NettyHttpHeaders {
        UnreadFields(Fields fields) {
            super(fields, ConversionService.SHARED);
        }

        @Override
        public Optional<MediaType> contentType() {
            return Optional.empty();
        }
    }

    private static final Alphabet PRINTABLE = Alphabet.of("!-~");

    private final URI node;
    private final RawTarget request;
    private final NettyHttpHeaders headers;

    /// @throws IllegalArgumentException when method, path or a header cannot be sent as given
    OutboundRequest(URI node, Outgoing outgoing, Exchange exchange) {
        this.node = node;
        Fields fields = new Fields(exchange);
        checkMethod(outgoing.method());
        this.request = new RawTarget(outgoing.method(), target(node, outgoing.path()), fields);
        this.headers = new UnreadFields(fields);
        add(fields, "Host", node.getRawAuthority());
        HopByHop hopByHop = HopByHop.naming(connectionValues(outgoing.headers()));
        for (Request.Header header : outgoing.headers()) {
            if (!ours(header.name()) && !hopByHop.has(header.name())) {
                add(fields, header.name(), header.value());
            }
        }
    }

    /// Set by us or by the client for each connection, besides the hop-by-hop ones.
    private static boolean ours(String name) {
        return name.equalsIgnoreCase("Host")
                || name.equalsIgnoreCase("Content-Length")
                || name.equalsIgnoreCase("Expect");
    }

    private static List<String> connectionValues(List<Request.Header> headers) {
        for (Request.Header header : headers) {
            if (header.name().equalsIgnoreCase("Connection")) {
                return headers.stream()
                        .filter(field -> field.name().equalsIgnoreCase("Connection"))
                        .map(Request.Header::value)
                        .toList();
            }
        }
        return List.of();
    }

    private static void checkMethod(String method) {
        // a 2xx to CONNECT would turn the connection into a tunnel
        if (!isToken(method) || method.equals("CONNECT")) {
            throw new IllegalArgumentException(
                    "method: " + method + " (expected: an HTTP method other than CONNECT)");
        }
    }

    private static String target(URI node, String path) {
        if (!path.startsWith("/") || !PRINTABLE.spells(path, 1, Integer.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "path: " + path + " (expected: begins with /, printable ASCII, no space)");
        }
        String base = node.getRawPath();
        if (base.isEmpty() || base.equals("/")) {
            return path;
        }
        return base.endsWith("/")
                ? base.substring(0, base.length() - 1).concat(path)
                : base.concat(path);
    }

    /// Refuses all that Netty would, and what is above 255.
    private static void add(Fields fields, String name, String value) {
        if (!isToken(name)) {
            throw new IllegalArgumentException("header: " + name + " (expected: a token as name)");
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean low = i == 0 ? c <= ' ' : c < ' ' && c != '\t';
            if (low || c == 0x7f || c > 0xff) {
                throw new IllegalArgumentException(
                        "header %s: character %d at %d (expected: no control characters, no white space in front, at most 255)"
                                .formatted(name, (int) c, i));
            }
        }
        fields.add(name, value);
    }

    private static boolean isToken(String text) {
        return Alphabet.HTTP_TOKEN.spells(text, 1, Integer.MAX_VALUE);
    }

    @Override
    public HttpRequest toHttpRequestWithoutBody() {
        return request;
    }

    /// Where to connect to; its path says nothing.
    @Override
    public URI getUri() {
        return node;
    }

    @Override
    public HttpMethod getMethod() {
        return HttpMethod.parse(getMethodName());
    }

    @Override
    public String getMethodName() {
        return request.method().name();
    }

    @Override
    public MutableHttpHeaders getHeaders() {
        return headers;
    }

    @Override
    public Optional<Object> getBody() {
        return Optional.empty();
    }

    /// A new map each time: nothing here reads what the client notes on a request.
    @Override
    public MutableConvertibleValues<Object> getAttributes() {
        return new MutableConvertibleValuesMap<>();
    }

    @Override
    public io.micronaut.http.HttpRequest<Object> setAttribute(CharSequence name, Object value) {
        return this;
    }

    @Override
    public void setConversionService(ConversionService conversionService) {}

    @Override
    public Cookies getCookies() {
        throw immutable();
    }

    @Override
    public MutableHttpParameters getParameters() {
        throw immutable();
    }

    @Override
    public MutableHttpRequest<Object> cookie(Cookie cookie) {
        throw immutable();
    }

    @Override
    public MutableHttpRequest<Object> uri(URI uri) {
        throw immutable();
    }

    @Override
    public <T> MutableHttpRequest<T> body(T body) {
        throw immutable();
    }

    private static UnsupportedOperationException immutable() {
        return new UnsupportedOperationException("a request to a node is sent as it was made");
    }
}
