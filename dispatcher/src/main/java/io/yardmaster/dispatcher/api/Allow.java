package io.yardmaster.dispatcher.api;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Says who may call a route, and how much it reads. A route without it is for operators only; a
/// test finds those.
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Allow {
    Access value();

    /// The most that a body may hold.
    Size most() default Size.SMALL;

    /// Whether even `GET` changes something, so that no other site's page may call it.
    boolean changes() default false;

    /// How large bodies may be.
    enum Size {
        /// 64 KiB.
        SMALL,
        /// `yardmaster.max-body`.
        BODY,
        /// A body of that size, written as JSON.
        REQUEST,
        /// 16 MiB.
        BATCH
    }
}
