package io.yardmaster.dispatcher.search;

import io.yardmaster.queue.CorruptKeyException;
import io.yardmaster.queue.RequestIds;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.redis.RedisFailure;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Gives one order to many requests: side by side, so that they share the way to Redis. Each is
/// guarded there by the request's state, and may be repeated. Thread-safe.
public final class BulkOrders implements AutoCloseable {
    /// Orders under way at once, of one caller.
    private static final int SIDE_BY_SIDE = 16;

    private final Shards shards;
    private final RequestIds ids;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    public BulkOrders(Shards shards, RequestIds ids) {
        this.shards = shards;
        this.ids = ids;
    }

    /// What is to become of requests.
    public enum Action {
        /// Sends dead ones on their way again.
        RETRY,
        /// Ends those that have not ended.
        CANCEL,
        /// Forgets dead ones.
        DROP;

        private final String text = name().toLowerCase(Locale.ROOT);

        /// The states that it is for.
        public Set<RequestState> states() {
            return switch (this) {
                case RETRY, DROP -> EnumSet.of(RequestState.DEAD);
                case CANCEL ->
                        EnumSet.of(
                                RequestState.QUEUED,
                                RequestState.SCHEDULED,
                                RequestState.IN_FLIGHT);
            };
        }

        public String text() {
            return text;
        }

        public static Optional<Action> of(String text) {
            for (Action action : values()) {
                if (action.text.equals(text)) {
                    return Optional.of(action);
                }
            }
            return Optional.empty();
        }
    }

    /// How orders went.
    ///
    /// @param failed their requests had moved on, or a key of their queue is not ours
    /// @param failure Redis did not answer for some, which are counted nowhere
    public record Result(int done, int failed, @Nullable RedisFailure failure) {}

    private record Answer(boolean done, @Nullable RedisFailure failure) {}

    /// Orders all of these, and waits until each was answered.
    public Result give(Action action, WorkQueue shard, List<String> requests) {
        int slices = Math.min(SIDE_BY_SIDE, requests.size());
        List<CompletableFuture<List<Answer>>> running =
                IntStream.range(0, slices)
                        .mapToObj(slice ->
                                CompletableFuture.supplyAsync(
                                        () -> slice(action, shard, requests, slice, slices),
                                        threads))
                        .toList();
        int done = 0;
        int failed = 0;
        RedisFailure failure = null;
        for (CompletableFuture<List<Answer>> each : running) {
            for (Answer answer : each.join()) {
                if (answer.failure() != null) {
                    failure = answer.failure();
                } else if (answer.done()) {
                    done++;
                } else {
                    failed++;
                }
            }
        }
        return new Result(done, failed, failure);
    }

    private List<Answer> slice(
            Action action, WorkQueue shard, List<String> requests, int first, int step) {
        List<Answer> answers = new ArrayList<>();
        for (int i = first; i < requests.size(); i += step) {
            Answer answer = one(action, shard, requests.get(i));
            answers.add(answer);
            if (answer.failure() != null) {
                break; // the others of the slice would wait for the same
            }
        }
        return answers;
    }

    private Answer one(Action action, WorkQueue shard, String id) {
        String nonce = ids.nonce();
        try {
            try {
                return order(action, shard, id, nonce);
            } catch (RedisFailure.Unknown e) {
                // it may have been carried out: the same call answers as it did then
                return order(action, shard, id, nonce);
            }
        } catch (CorruptKeyException e) {
            return new Answer(false, null);
        } catch (RedisFailure e) {
            return new Answer(false, e);
        }
    }

    private Answer order(Action action, WorkQueue shard, String id, String nonce) {
        WorkQueue.Order answer =
                shards.on(
                        shard,
                        each ->
                                switch (action) {
                                    case RETRY -> each.redrive(id, nonce);
                                    case CANCEL -> each.cancel(id);
                                    case DROP -> each.drop(id);
                                });
        return new Answer(answer == WorkQueue.Order.DONE, null);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
