package io.yardmaster.dispatcher.demo;

/// The demo cannot go on; the message says why, for people.
final class DemoFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    DemoFailure(String message) {
        super(message);
    }
}
