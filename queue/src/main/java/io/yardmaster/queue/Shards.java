package io.yardmaster.queue;

import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All shards as one queue: what concerns an id goes to its shard, what concerns a queue to all.
///
/// Thread-safe. A shard that doesn't answer holds up none of the others: they are asked side by
/// side, and one that is known to be away fails at once instead of being waited for. Methods throw
/// [RedisFailure] when the shards that could know the answer are away.
public final class Shards {
    private static final Logger log = LoggerFactory.getLogger(Shards.class);

    private final List<WorkQueue> all;
    private final @Nullable Agreement agreement;
    private final AtomicIntegerArray away;
    private final ShardConfigs configs;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private volatile ShardMap map;
    private volatile int agreed;

    private Shards(List<WorkQueue> all, ShardMap map, @Nullable Agreement agreement) {
        this.all = List.copyOf(all);
        this.map = map;
        this.agreed = map.shards();
        this.agreement = agreement;
        this.away = new AtomicIntegerArray(all.size());
        this.configs = new ShardConfigs(all.size());
    }

    /// These shards, in the order of their numbers, with a mapping that nobody changes.
    public static Shards of(WorkQueue... all) {
        return new Shards(List.of(all), ShardMap.of(all.length), null);
    }

    /// Joins the replicas, and learns from them how ids are mapped to shards.
    ///
    /// @param count shards that this replica serves, 1 to [ShardMap#MOST]
    /// @throws IllegalStateException when more shards are in use
    public static Shards open(
            Redis redis, int count, String replica, Duration lease, LongSupplier nanos) {
        Agreement agreement = new Agreement(redis, replica, count);
        List<WorkQueue> all = queues(redis, count, replica, lease, nanos);
        int _ = all.getFirst().join();
        ShardMap map = agreement.say(0).map();
        if (map.shards() > count) {
            agreement.shrink(queues(redis, map.shards(), replica, lease, nanos));
            log.warn(
                    "{} shards were in use and {} are from now on: outcomes kept in the others are forgotten",
                    map.shards(),
                    count);
            map = agreement.say(0).map();
        }
        Shards shards = new Shards(all, map, agreement);
        shards.tryAll(WorkQueue::join);
        return shards;
    }

    private static List<WorkQueue> queues(
            Redis redis, int count, String replica, Duration lease, LongSupplier nanos) {
        return IntStream.range(0, count)
                .mapToObj(shard -> new WorkQueue(redis, shard, replica, lease, nanos))
                .toList();
    }

    public List<WorkQueue> all() {
        return all;
    }

    /// How ids are mapped now.
    public ShardMap map() {
        return map;
    }

    /// This replica ends.
    public void leave() {
        tryAll(shard -> done(shard::leave));
    }

    private <T> void tryAll(Function<WorkQueue, T> call) {
        for (Answer<T> answer : ask(all, shard -> on(shard, call))) {
            if (answer.failure() != null) {
                log.debug("{}", answer.shard(), answer.failure());
            }
        }
    }

    // Which shards answer.

    /// Calls one shard, and remembers whether it answered.
    public <T> T on(WorkQueue shard, Function<WorkQueue, T> call) {
        try {
            T answer = call.apply(shard);
            away.set(shard.shard(), 0);
            return answer;
        } catch (RedisFailure e) {
            if (meansAway(e) && !Thread.currentThread().isInterrupted()) {
                away.set(shard.shard(), 1);
            }
            throw e;
        }
    }

    private static boolean meansAway(RedisFailure failure) {
        return switch (failure) {
            case RedisFailure.NotExecuted refused -> !refused.outOfMemory();
            case RedisFailure.Unknown _ -> true;
            case RedisFailure.Rejected _ -> false;
        };
    }

    /// Whether the last call of a shard went unanswered.
    public boolean away(int shard) {
        return away.get(shard) != 0;
    }

    /// Asks every shard for a sign of life, one that is away too; those that give none, in order.
    public List<Integer> silent() {
        return ask(all, shard -> on(shard, each -> each.find("-"))).stream()
                .filter(answer -> answer.failure() instanceof RedisFailure)
                .map(answer -> answer.shard().shard())
                .toList();
    }

    private record Answer<T>(
            WorkQueue shard, Optional<T> value, @Nullable RuntimeException failure) {}

    private <T> List<Answer<T>> ask(List<WorkQueue> shards, Function<WorkQueue, T> question) {
        if (shards.size() == 1) {
            return List.of(answer(shards.getFirst(), question));
        }
        List<CompletableFuture<Answer<T>>> asked =
                shards.stream()
                        .map(shard ->
                                CompletableFuture.supplyAsync(
                                        () -> answer(shard, question), threads))
                        .toList();
        return asked.stream().map(CompletableFuture::join).toList();
    }

    private static <T> Answer<T> answer(WorkQueue shard, Function<WorkQueue, T> question) {
        try {
            return new Answer<>(shard, Optional.of(question.apply(shard)), null);
        } catch (RedisFailure | CorruptKeyException e) {
            return new Answer<>(shard, Optional.empty(), e);
        }
    }

    /// Calls a shard unless it is known to be away. A lone shard is always called: nobody else
    /// would find out that it is back any sooner.
    private <T> T unlessAway(WorkQueue shard, Function<WorkQueue, T> call) {
        if (all.size() > 1 && away(shard.shard())) {
            throw RedisFailure.away("shard " + shard + " does not answer");
        }
        return on(shard, call);
    }

    // By id.

    /// The home of an id answers for it, unless it doesn't know it: producers may put ids of their
    /// own at any shard.
    private <T> T byId(String id, Function<WorkQueue, T> verb, Predicate<T> unknown) {
        WorkQueue home = all.get(map.home(id));
        Answer<T> first = answer(home, shard -> unlessAway(shard, verb));
        if (all.size() == 1 || (first.value().isPresent() && !unknown.test(first.value().get()))) {
            return valueOf(first);
        }
        List<WorkQueue> others = all.stream().filter(shard -> shard != home).toList();
        Answer<T> blank = first;
        for (Answer<T> answer : ask(others, shard -> unlessAway(shard, verb))) {
            if (answer.value().isPresent() && !unknown.test(answer.value().get())) {
                return answer.value().get();
            }
            if (answer.failure() != null) {
                blank = answer;
            }
        }
        return valueOf(blank);
    }

    private static <T> T valueOf(Answer<T> answer) {
        RuntimeException failure = answer.failure();
        if (failure != null) {
            throw failure;
        }
        return answer.value().orElseThrow();
    }

    public Found find(String id) {
        return byId(id, shard -> shard.find(id), found -> found instanceof Found.Unknown);
    }

    /// What holds a live request up; empty when it isn't live any more.
    public Optional<Holdup> holdup(String id) {
        return byId(id, shard -> shard.holdup(id), Optional::isEmpty);
    }

    /// As [WorkQueue#stored].
    public Optional<StoredRequest> stored(String id) {
        return byId(id, shard -> shard.stored(id), Optional::isEmpty);
    }

    public WorkQueue.Order cancel(String id) {
        return order(id, shard -> shard.cancel(id));
    }

    /// @param nonce new and random, 8 characters; a repeated call repeats it
    public WorkQueue.Order redrive(String id, String nonce) {
        return order(id, shard -> shard.redrive(id, nonce));
    }

    public WorkQueue.Order drop(String id) {
        return order(id, shard -> shard.drop(id));
    }

    private WorkQueue.Order order(String id, Function<WorkQueue, WorkQueue.Order> verb) {
        return byId(id, verb, answer -> answer == WorkQueue.Order.UNKNOWN);
    }

    // By queue.

    /// The figures of the shards that answer, summed by queue.
    public List<QueueDepth> depth() {
        return QueueDepth.sum(each(ask(all, shard -> unlessAway(shard, WorkQueue::depth))));
    }

    /// Dead requests of a queue in the shards that answer, latest first.
    ///
    /// @param cursor [WorkQueue.Dead#cursor] of the last one seen, or empty
    public List<WorkQueue.Dead> dead(QueueName queue, int most, Optional<String> cursor) {
        List<List<WorkQueue.Dead>> pages =
                each(ask(all, shard -> unlessAway(shard, one -> one.dead(queue, most, cursor))));
        return pages.size() == 1
                ? pages.getFirst()
                : pages.stream().flatMap(List::stream).sorted(LATEST).limit(most).toList();
    }

    /// As Redis orders them: by time, then by id.
    private static final Comparator<WorkQueue.Dead> LATEST =
            Comparator.comparingLong(WorkQueue.Dead::diedAtMs)
                    .thenComparing(WorkQueue.Dead::id)
                    .reversed();

    /// The answers there are; throws when there is none.
    private static <T> List<T> each(List<Answer<T>> answers) {
        List<T> values = answers.stream().flatMap(answer -> answer.value().stream()).toList();
        if (values.isEmpty()) {
            return List.of(valueOf(answers.getFirst()));
        }
        return values;
    }

    /// What must happen at every shard. When it could not at some, the others have done it all the
    /// same, and the call may be repeated.
    private <T> List<T> everywhere(Function<WorkQueue, T> order) {
        return ask(all, shard -> unlessAway(shard, order)).stream().map(Shards::valueOf).toList();
    }

    public void pause(QueueName queue) {
        var _ = everywhere(shard -> done(() -> shard.pause(queue)));
    }

    public void resume(QueueName queue) {
        var _ = everywhere(shard -> done(() -> shard.resume(queue)));
    }

    /// Cancels everything that waits in a queue; how many there were.
    public long purge(QueueName queue) {
        return everywhere(shard -> shard.purge(queue)).stream().mapToLong(Long::longValue).sum();
    }

    private static boolean done(Runnable order) {
        order.run();
        return true;
    }

    // Offering.

    /// Where an offer may go.
    public sealed interface Place {
        record At(WorkQueue shard) implements Place {}

        /// It can't be known, or the only shard for it is away.
        record Nowhere(RedisFailure why) implements Place {}
    }

    /// Where each of these offers is to go by this mapping, in order. One that the producer named
    /// goes where its id is known from before there were as many shards, else to its home. Any
    /// other goes to its home, or to another shard when that is away or tried already.
    ///
    /// @param tried shards to leave out for the offers that nobody named, as bits
    public List<Place> place(ShardMap by, List<Offer> offers, long[] tried) {
        Earlier earlier = by.generation() == 1 ? Earlier.NONE : consult(by, offers);
        List<Place> places = new ArrayList<>(offers.size());
        for (int i = 0; i < offers.size(); i++) {
            String id = offers.get(i).request().id();
            Place known = earlier.places().get(id);
            places.add(known == null ? place(by, id, offers.get(i).named(), tried[i]) : known);
        }
        return places;
    }

    private Place place(ShardMap by, String id, boolean named, long tried) {
        int home = by.home(id);
        boolean only = by.shards() == 1 || (named && !away(home));
        if (only || (!named && usable(home, tried))) {
            return new Place.At(all.get(home));
        }
        int[] left =
                IntStream.range(0, named ? 0 : by.shards())
                        .filter(shard -> usable(shard, tried))
                        .toArray();
        if (left.length == 0) {
            return new Place.Nowhere(
                    RedisFailure.away("the shard of this request does not answer"));
        }
        // Spread like ids are, so that no neighbour gets all that was another's.
        int pick = (int) Long.remainderUnsigned(ShardMap.hash(id), left.length);
        return new Place.At(all.get(left[pick]));
    }

    private boolean usable(int shard, long tried) {
        return !away(shard) && (tried >> shard & 1) == 0;
    }

    /// What was found out of ids at their earlier homes: where they are, or that it can't be known.
    private record Earlier(Map<String, Place> places) {
        static final Earlier NONE = new Earlier(Map.of());
    }

    /// Looks where named offers may have been before. They may have been offered there at this
    /// moment by a replica that doesn't know the mapping yet, so the shard is told of it too.
    private Earlier consult(ShardMap by, List<Offer> offers) {
        Agreement asked = agreement;
        Map<Integer, List<String>> ids = new TreeMap<>();
        for (Offer offer : offers) {
            if (offer.named()) {
                String id = offer.request().id();
                by.earlierHomes(id)
                        .forEach(at -> ids.computeIfAbsent(at, _ -> new ArrayList<>()).add(id));
            }
        }
        if (ids.isEmpty() || asked == null) {
            return Earlier.NONE;
        }
        Map<String, Place> places = new HashMap<>();
        List<WorkQueue> shards = ids.keySet().stream().map(all::get).toList();
        for (Answer<List<String>> answer :
                ask(
                        shards,
                        shard -> unlessAway(shard, one -> asked.known(one, by, of(one, ids))))) {
            switch (answer.failure()) {
                case null ->
                        answer.value()
                                .orElseThrow()
                                .forEach(id -> places.put(id, new Place.At(answer.shard())));
                case RedisFailure failure ->
                        of(answer.shard(), ids)
                                .forEach(id -> places.putIfAbsent(id, new Place.Nowhere(failure)));
                default -> throw answer.failure();
            }
        }
        return new Earlier(places);
    }

    private static List<String> of(WorkQueue shard, Map<Integer, List<String>> ids) {
        return ids.getOrDefault(shard.shard(), List.of());
    }

    // Agreeing on more shards.

    /// A newer mapping, met on the way.
    ///
    /// @throws RedisFailure when this replica doesn't serve as many shards
    public synchronized void learn(ShardMap newer) {
        if (newer.shards() > all.size()) {
            if (agreed != newer.shards()) {
                log.error(
                        "{} shards are in use, and this replica serves {}: restart it with yardmaster.shards={}",
                        newer.shards(),
                        all.size(),
                        newer.shards());
                agreed = newer.shards();
            }
            throw RedisFailure.away("this replica serves too few shards");
        }
        if (newer.generation() > map.generation()) {
            log.info("ids are spread over {} shards from now on", newer.shards());
            map = newer;
            agreed = newer.shards();
            configs.spread(newer.shards());
        }
    }

    /// How many shards are in use; more than are served here when this replica must be restarted.
    public int agreed() {
        return agreed;
    }

    /// A regular word with the other replicas, so that new shards are used as soon as all know
    /// them.
    public void agree() {
        if (agreement == null || all.size() == 1) {
            return;
        }
        Agreement.Said said = agreement.say(0);
        learn(said.map());
        if (said.all() > map.shards()) {
            pauseAlike(map.shards(), said.all());
            learn(agreement.say(said.all()).map());
        }
    }

    /// What is paused in the shards in use is paused in the new ones, before anything goes there.
    /// Whoever pauses a queue from here on does so at all shards, because every replica knows them.
    private void pauseAlike(int used, int serving) {
        for (WorkQueue shard : all.subList(0, used)) {
            for (QueueDepth depth : shard.depth()) {
                if (depth.paused()) {
                    all.subList(used, serving).forEach(each -> each.pause(depth.queue()));
                }
            }
        }
    }

    /// What the functions are to know of the configuration, each shard its part of it. Shards that
    /// are away hear of it from [#keepConfigured].
    public void configure(QueueConfig config) {
        configs.want(config, map.shards());
        tryAll(shard -> done(() -> keepConfigured(shard)));
    }

    /// Tells a shard its part once more, because somebody deleted what it knew.
    public void configureAgain(int shard) {
        configs.forget(shard);
        var _ = on(all.get(shard), each -> done(() -> keepConfigured(each)));
    }

    /// Tells a shard its part of the configuration, unless it was told.
    public void keepConfigured(WorkQueue shard) {
        configs.keep(shard);
    }
}
