package io.yardmaster.dispatcher.rehearsal;

import java.io.IOException;
import java.io.InputStream;

/// Lines of HTTP/1.1, as bytes come.
final class Lines {
    private static final int LONGEST = 16 * 1024;

    private Lines() {}

    /// The next line without its end; empty at the end of the stream, too.
    static String read(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (line.length() == LONGEST) {
                throw new IOException("a line of more than " + LONGEST + " bytes");
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }
}
