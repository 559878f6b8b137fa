package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.ServiceSettings;
import io.yardmaster.nodes.ServiceSettings.PriorityOverride;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.PriorityShares.Share;
import io.yardmaster.queue.QueueConfig;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Request;
import io.yardmaster.ratelimit.BreakerConfig;
import io.yardmaster.ratelimit.Limit;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// What holds for each service: the configuration, with what an operator set for the service over
/// it. Thread-safe; a change of a service's settings shows at the next question.
public final class Policies {
    private final Settings settings;
    private volatile Map<String, ServiceSettings> services = Map.of();

    /// How one priority of one service is treated.
    ///
    /// @param timeout for one attempt
    public record QueuePolicy(double weight, Duration timeout, int maxRetries, double reserve) {}

    public Policies(Settings settings) {
        this.settings = settings;
    }

    /// Takes over the services' settings; true when they differ from before.
    public boolean update(Map<String, ServiceSettings> current) {
        boolean different = !services.equals(current);
        services = Map.copyOf(current);
        return different;
    }

    public QueuePolicy of(QueueName queue) {
        return of(settings, service(queue.service()), queue.priority());
    }

    /// How long one attempt of this request may take.
    public Duration timeout(Request request) {
        return request.timeout().orElse(of(request.queue()).timeout());
    }

    /// Attempts of this request after the first.
    public int maxRetries(Request request) {
        return request.maxRetries().orElse(of(request.queue()).maxRetries());
    }

    /// The configuration of a priority, with what the service has of its own over it.
    public static QueuePolicy of(Settings settings, ServiceSettings service, Priority priority) {
        Settings.PriorityRule rule =
                Objects.requireNonNull(settings.queues().priorities().get(priority.text()));
        PriorityOverride own = service.priorities().get(priority.text());
        if (own == null) {
            return new QueuePolicy(
                    rule.weight(), rule.timeout(), rule.maxRetries(), rule.reserve());
        }
        Double weight = own.weight();
        Long timeout = own.timeoutMs();
        Integer retries = own.maxRetries();
        Double reserve = own.reserve();
        return new QueuePolicy(
                weight == null ? rule.weight() : weight,
                timeout == null ? rule.timeout() : Duration.ofMillis(timeout),
                retries == null ? rule.maxRetries() : retries,
                reserve == null ? rule.reserve() : reserve);
    }

    /// The shares of a service's four priorities, most urgent first.
    public List<Share> shares(String service) {
        return Arrays.stream(Priority.values())
                .map(priority -> of(new QueueName(service, priority)))
                .map(policy -> new Share(policy.weight(), Math.min(policy.reserve(), 0.99)))
                .toList();
    }

    public boolean strict() {
        return settings.queues().strict();
    }

    /// The service's token bucket.
    public Limit limit(String service) {
        ServiceSettings.RateLimit own = service(service).rateLimit();
        return own == null
                ? limit(settings.rateLimit().service())
                : new Limit(own.rate(), own.window(), own.burstMultiplier());
    }

    public static Limit limit(Settings.Limit limit) {
        return new Limit(limit.rate(), limit.window(), limit.burstMultiplier());
    }

    public BreakerConfig breaker(String service) {
        Settings.Breaker all = settings.circuitBreaker();
        ServiceSettings.Breaker own = service(service).breaker();
        if (own == null) {
            return new BreakerConfig(
                    all.errorThreshold(),
                    all.minRequests(),
                    all.window(),
                    all.resetTimeout(),
                    all.halfOpenRequests(),
                    all.consecutiveFailures());
        }
        Double threshold = own.errorThreshold();
        Integer minimum = own.minRequests();
        Long window = own.windowMs();
        Long reset = own.resetTimeoutMs();
        Integer trials = own.halfOpenRequests();
        Integer consecutive = own.consecutiveFailures();
        return new BreakerConfig(
                threshold == null ? all.errorThreshold() : threshold,
                minimum == null ? all.minRequests() : minimum,
                window == null ? all.window() : Duration.ofMillis(window),
                reset == null ? all.resetTimeout() : Duration.ofMillis(reset),
                trials == null ? all.halfOpenRequests() : trials,
                consecutive == null ? all.consecutiveFailures() : consecutive);
    }

    /// What the functions in Redis need to know of all this.
    public QueueConfig queueConfig() {
        Map<String, Integer> attempts = new HashMap<>();
        for (Priority priority : Priority.values()) {
            attempts.put(
                    priority.text(), of(new QueueName("default-rule", priority)).maxRetries() + 1);
            services.keySet()
                    .forEach(service -> {
                        QueueName queue = new QueueName(service, priority);
                        attempts.put(queue.toString(), of(queue).maxRetries() + 1);
                    });
        }
        Limit producer = limit(settings.rateLimit().producer());
        return new QueueConfig(
                settings.queues().maxSize(),
                settings.dispatch().lease(),
                settings.outcome().ttl(),
                settings.dead().max(),
                settings.dead().ttl(),
                settings.server().maxBody(),
                settings.queues().maxMemory(),
                producer.isOff() ? 0 : producer.perSecond(),
                producer.isOff() ? 0 : producer.burst(),
                attempts);
    }

    private ServiceSettings service(String service) {
        return services.getOrDefault(service, ServiceSettings.NONE);
    }
}
