package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.chaos.Door.Order;
import io.yardmaster.dispatcher.chaos.Door.Said;
import io.yardmaster.dispatcher.chaos.Evidence.Asked;
import io.yardmaster.dispatcher.chaos.Evidence.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/// A producer that keeps at it: what it has no answer for it offers again, with the same id, until
/// it has one.
final class Producer {
    private static final String[] PRIORITIES = {"critical", "high", "normal", "low"};

    /// The raw form names no number of retries: these are the defaults.
    private static final Map<String, Integer> DEFAULT_RETRIES =
            Map.of("critical", 3, "high", 2, "normal", 1, "low", 0);

    private static final int MOST_OFFERS = 200;

    private final String name;
    private final String doorName;
    private final Door door;
    private final History history;
    private final RandomGenerator random;
    private final Duration pause;
    private int made;

    /// @param pause between two offers: it makes the rate
    Producer(
            String name,
            String doorName,
            Door door,
            History history,
            RandomGenerator random,
            Duration pause) {
        this.name = name;
        this.doorName = doorName;
        this.door = door;
        this.history = history;
        this.random = random;
        this.pause = pause;
    }

    /// Until `stopping`; then what is open is asked for again until `giveUp`.
    void run(BooleanSupplier stopping, BooleanSupplier giveUp) throws InterruptedException {
        try (door) {
            while (!stopping.getAsBoolean()) {
                List<Order> orders = new ArrayList<>();
                for (int i = 0; i < door.batch(); i++) {
                    orders.add(order());
                }
                offer(orders, giveUp);
                LockSupport.parkNanos((long) (random.nextDouble() * 2 * (double) pause.toNanos()));
            }
        }
    }

    private Order order() {
        String key = name + "-" + made++;
        boolean raw = doorName.equals("raw");
        String id = raw ? idOf(key) : key;
        String priority = PRIORITIES[random.nextInt(PRIORITIES.length)];
        int retries = raw ? DEFAULT_RETRIES.getOrDefault(priority, 0) : random.nextInt(6);
        int kind = random.nextInt(30);
        return new Order(
                new Asked(id, doorName, priority, retries),
                key,
                !raw && kind < 2 ? 100 + random.nextInt(3_000) : 0,
                !raw && kind == 2 ? 50 + random.nextInt(1_000) : 0);
    }

    /// As the dispatcher makes ids of idempotency keys (docs/adr/0007-ids.md).
    private static String idOf(String key) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(("\0" + key).getBytes(StandardCharsets.UTF_8));
            return "k" + Base64.getUrlEncoder().encodeToString(hash).substring(0, 22);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private void offer(List<Order> orders, BooleanSupplier giveUp) throws InterruptedException {
        List<Order> open = orders;
        for (int offers = 0; !open.isEmpty() && offers < MOST_OFFERS; offers++) {
            if (offers > 0) {
                if (giveUp.getAsBoolean()) {
                    return;
                }
                Thread.sleep(100 + random.nextInt(200));
            }
            open.forEach(order -> history.invoke(name, order.asked()));
            open = heard(open, said(open));
        }
    }

    private List<Said> said(List<Order> orders) throws InterruptedException {
        try {
            List<Said> said = door.offer(orders);
            if (said.size() == orders.size()) {
                return said;
            }
            return all(orders, "an answer for " + said.size() + " of " + orders.size());
        } catch (IOException e) {
            return all(orders, e.toString());
        }
    }

    private static List<Said> all(List<Order> orders, String detail) {
        return orders.stream().map(_ -> new Said(Door.Verdict.OPEN, detail)).toList();
    }

    private List<Order> heard(List<Order> orders, List<Said> said) {
        List<Order> open = new ArrayList<>();
        for (int i = 0; i < orders.size(); i++) {
            String id = orders.get(i).asked().id();
            String detail = said.get(i).detail();
            switch (said.get(i).verdict()) {
                case ACCEPTED -> history.add(name, Kind.OK, id, detail);
                case REFUSED -> history.add(name, Kind.FAIL, id, detail);
                case OPEN -> {
                    history.add(name, Kind.UNKNOWN, id, detail);
                    open.add(orders.get(i));
                }
            }
        }
        return open;
    }
}
