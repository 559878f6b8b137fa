/// The application: starts a replica from its settings and gives it REST, command line and metrics.
///
/// It promises that a start either serves or says in one line a mistake why not. Everything that a
/// replica does is left to the packages below.
@NullMarked
package io.yardmaster.dispatcher;

import org.jspecify.annotations.NullMarked;
