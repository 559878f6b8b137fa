package io.yardmaster.dispatcher.api;

/// Who may call a route.
public enum Access {
    /// Everybody, without a key.
    OPEN,
    /// Bringing requests, and calling them off.
    PRODUCE,
    /// Looking at single requests.
    FOLLOW,
    /// Looking at everything.
    READ,
    /// A node that speaks for itself.
    REPORT,
    /// A node that looks at itself.
    READ_NODE,
    /// Changing everything.
    OPERATE;

    /// What a key may do.
    enum Role {
        PRODUCER,
        NODE,
        OPERATOR,
        READER
    }

    boolean allows(Role role) {
        return switch (role) {
            case OPERATOR -> true;
            case PRODUCER -> this == OPEN || this == PRODUCE || this == FOLLOW;
            case NODE -> this == OPEN || this == REPORT || this == READ_NODE;
            case READER -> this == OPEN || this == FOLLOW || this == READ || this == READ_NODE;
        };
    }
}
