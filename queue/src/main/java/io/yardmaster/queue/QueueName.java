package io.yardmaster.queue;

/// One queue: a service's requests of one priority.
public record QueueName(String service, Priority priority) implements Comparable<QueueName> {
    private static final Alphabet SERVICE = Alphabet.of("A-Za-z0-9._-");
    private static final int LONGEST = 64;

    public QueueName {
        if (!isService(service)) {
            throw new IllegalArgumentException(
                    "service: " + service + " (expected: [A-Za-z0-9._-]{1,64})");
        }
    }

    public static boolean isService(String text) {
        return SERVICE.spells(text, 1, LONGEST);
    }

    static QueueName parse(String text) {
        int colon = text.lastIndexOf(':');
        return new QueueName(
                text.substring(0, colon), Priority.of(text.substring(colon + 1)).orElseThrow());
    }

    @Override
    public int compareTo(QueueName other) {
        int byService = service.compareTo(other.service);
        return byService != 0 ? byService : priority.compareTo(other.priority);
    }

    /// As in the keys: `<service>:<priority>`.
    @Override
    public String toString() {
        return service + ":" + priority.text();
    }
}
