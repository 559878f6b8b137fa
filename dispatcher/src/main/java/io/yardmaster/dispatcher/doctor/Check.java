package io.yardmaster.dispatcher.doctor;

/// One thing that can be looked at.
///
/// @param name as people and programs call it, such as `persistence`
/// @param why what depends on it, one sentence
/// @param needsRedis whether the look asks Redis
/// @param look may throw [io.yardmaster.redis.RedisFailure]
record Check(String name, String why, boolean needsRedis, Look look) {

    /// Looks, and judges.
    @FunctionalInterface
    interface Look {
        Verdict look();
    }

    static Check ofRedis(String name, String why, Look look) {
        return new Check(name, why, true, look);
    }

    static Check here(String name, String why, Look look) {
        return new Check(name, why, false, look);
    }

    Finding found(Verdict verdict) {
        return new Finding(name, why, verdict);
    }
}
