package io.yardmaster.nodes;

/// Where a node's health stands; `streak` counts the results in a row that speak against it.
record HealthState(Health health, int streak) {
    static final HealthState UNKNOWN = new HealthState(Health.UNKNOWN, 0);

    HealthState after(boolean passed, int rise, int fall) {
        Health said = passed ? Health.HEALTHY : Health.UNHEALTHY;
        if (health == Health.UNKNOWN) {
            return new HealthState(said, 0);
        }
        if (said == health) {
            return streak == 0 ? this : new HealthState(health, 0);
        }
        int needed = passed ? rise : fall;
        return streak + 1 >= needed
                ? new HealthState(said, 0)
                : new HealthState(health, streak + 1);
    }
}
