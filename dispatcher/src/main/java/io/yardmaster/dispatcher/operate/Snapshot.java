package io.yardmaster.dispatcher.operate;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;

/// All data of a Redis at one moment, taken as a replica takes it, while traffic flows.
///
/// Redis forks when it is asked; everything that it answered before is in. Needs no access to its
/// files, and the right to run `SYNC` and `REPLCONF`.
///
/// @param bytes length of the file, in Redis' own format (RDB)
record Snapshot(long bytes, String sha256) {
    /// How long Redis may take to write it; it sends a sign of life every second or so meanwhile.
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private static final int BUFFER = 1 << 16;

    static Snapshot take(RespLink redis, Path file) throws IOException {
        redis.patience(SILENCE);
        try {
            redis.call("REPLCONF", "rdb-only", 1);
        } catch (RespLink.Refused e) {
            // an older server sends what comes after, too, and we don't read it
        }
        redis.send("SYNC");
        redis.flush();
        long length = announced(redis);
        MessageDigest digest = newDigest();
        try (OutputStream out =
                new DigestOutputStream(
                        Files.newOutputStream(
                                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        digest)) {
            copy(redis.stream(), out, length);
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        return new Snapshot(length, HexFormat.of().formatHex(digest.digest()));
    }

    /// Signs of life are empty lines that end in LF alone.
    private static long announced(RespLink redis) throws IOException {
        InputStream in = redis.stream();
        int first = in.read();
        while (first == '\n') {
            first = in.read();
        }
        String rest = redis.line();
        if (first == '-') {
            throw new RespLink.Refused(rest);
        }
        if (first != '$' || !rest.matches("\\d{1,15}")) {
            throw new IOException(redis.host() + ": no snapshot came: " + (char) first + rest);
        }
        return Long.parseLong(rest);
    }

    private static void copy(InputStream in, OutputStream out, long length) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long left = length;
        while (left > 0) {
            int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (read < 0) {
                throw new EOFException("the snapshot was cut off, " + left + " bytes are missing");
            }
            out.write(buffer, 0, read);
            left -= read;
        }
    }

    static String sha256(Path file) throws IOException {
        MessageDigest digest = newDigest();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] buffer = new byte[BUFFER];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
