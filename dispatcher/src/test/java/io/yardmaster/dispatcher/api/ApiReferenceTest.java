package io.yardmaster.dispatcher.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ApiReferenceTest {
    private static final Path PAGE =
            Path.of(System.getProperty("basedir", "."), "../docs/reference/api.md");

    /// Written anew with [ApiReference#COMMAND].
    @Test
    void the_reference_is_the_one_that_openapi_yml_gives() throws IOException {
        String current = new ApiReference(ApiDescription.OURS).markdown();
        if (Boolean.getBoolean("api.write")) {
            Files.writeString(PAGE, current);
        }
        assertEquals(
                current,
                Files.exists(PAGE) ? Files.readString(PAGE) : "",
                "docs/reference/api.md is not current; write it anew: " + ApiReference.COMMAND);
    }
}
