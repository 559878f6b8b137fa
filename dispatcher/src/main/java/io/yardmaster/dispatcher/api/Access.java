package io.yardmaster.dispatcher.api;

import java.util.EnumSet;
import java.util.Set;

/// Who may call a route.
public enum Access {
    /// Everybody, without a key.
    OPEN(EnumSet.allOf(Role.class)),
    /// Bringing requests, and calling them off.
    PRODUCE(EnumSet.of(Role.PRODUCER, Role.OPERATOR)),
    /// Looking at single requests.
    FOLLOW(EnumSet.of(Role.PRODUCER, Role.READER, Role.OPERATOR)),
    /// Looking at everything.
    READ(EnumSet.of(Role.READER, Role.OPERATOR)),
    /// A node that speaks for itself.
    REPORT(EnumSet.of(Role.NODE, Role.OPERATOR)),
    /// A node that looks at itself.
    READ_NODE(EnumSet.of(Role.NODE, Role.READER, Role.OPERATOR)),
    /// Changing everything.
    OPERATE(EnumSet.of(Role.OPERATOR));

    private final Set<Role> roles;

    Access(Set<Role> roles) {
        this.roles = roles;
    }

    boolean allows(Role role) {
        return roles.contains(role);
    }

    /// What a key may do.
    enum Role {
        PRODUCER,
        NODE,
        OPERATOR,
        READER
    }
}
