/// How the program's lines look, and how often the same thing is said.
///
/// One line is one fact. What concerns a request carries its id as the key-value pair `request`. No
/// line has anything of a request's headers or body in it, nor a key, a password or an address with
/// one.
@NullMarked
package io.yardmaster.dispatcher.logging;

import org.jspecify.annotations.NullMarked;
