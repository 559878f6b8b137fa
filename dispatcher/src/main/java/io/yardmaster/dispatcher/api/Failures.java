package io.yardmaster.dispatcher.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import io.yardmaster.dispatcher.logging.Repeated;
import io.yardmaster.queue.CorruptKeyException;
import io.yardmaster.redis.RedisFailure;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Turns every failure into a problem; none tells of our inside.
final class Failures {
    private static final Logger log = LoggerFactory.getLogger(Failures.class);

    private static final Repeated REPEATED = new Repeated();

    private Failures() {}

    static Problem problem(RedisFailure failure) {
        log.debug("answering 503", failure);
        return failure instanceof RedisFailure.NotExecuted refused && refused.outOfMemory()
                ? Problem.redisFull()
                : Problem.redisUnavailable();
    }

    /// What controllers refuse.
    @Singleton
    static final class OfRefusals implements ExceptionHandler<Problem.Refused, HttpResponse<?>> {
        @Override
        public HttpResponse<?> handle(
                @SuppressWarnings("rawtypes") HttpRequest request, Problem.Refused refused) {
            return refused.problem().response();
        }
    }

    @Singleton
    static final class OfRedis implements ExceptionHandler<RedisFailure, HttpResponse<?>> {
        @Override
        public HttpResponse<?> handle(
                @SuppressWarnings("rawtypes") HttpRequest request, RedisFailure failure) {
            return problem(failure).response();
        }
    }

    @Singleton
    static final class OfKeys implements ExceptionHandler<CorruptKeyException, HttpResponse<?>> {
        @Override
        public HttpResponse<?> handle(
                @SuppressWarnings("rawtypes") HttpRequest request, CorruptKeyException failure) {
            REPEATED.happened(
                    String.valueOf(failure.getMessage()),
                    before ->
                            log.error(
                                    "{} {}: {}{}",
                                    request.getMethodName(),
                                    request.getPath(),
                                    failure.getMessage(),
                                    Repeated.more(before)));
            return Problem.corrupt("a key").response();
        }
    }

    @Singleton
    static final class OfOverload
            implements ExceptionHandler<RejectedExecutionException, HttpResponse<?>> {
        @Override
        public HttpResponse<?> handle(
                @SuppressWarnings("rawtypes") HttpRequest request,
                RejectedExecutionException failure) {
            return Problem.overloaded().response();
        }
    }

    /// Whatever Micronaut refuses by itself; its own words are left out, because they name classes
    /// and echo what was sent.
    @Singleton
    static final class OfFramework implements ErrorResponseProcessor<byte[]> {
        @Override
        public MutableHttpResponse<byte[]> processResponse(
                ErrorContext context, MutableHttpResponse<?> response) {
            Problem problem = Problem.of(response.code());
            List<FieldError> errors =
                    context.getErrors().stream()
                            .flatMap(error -> error.getPath().stream())
                            .map(path ->
                                    new FieldError(
                                            Refusals.shown(path.replaceFirst("^/", "")),
                                            "unusable (expected: as documented)"))
                            .toList();
            if (problem.status() == 400 && !errors.isEmpty()) {
                problem = Problem.invalid(errors);
            }
            return problem.onto(response);
        }
    }
}
