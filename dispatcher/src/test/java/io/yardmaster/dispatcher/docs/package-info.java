/// Runs the commands of the documentation. A page promises that its commands work as they stand,
/// one after the other, and say what is printed below them.
@NullMarked
package io.yardmaster.dispatcher.docs;

import org.jspecify.annotations.NullMarked;
