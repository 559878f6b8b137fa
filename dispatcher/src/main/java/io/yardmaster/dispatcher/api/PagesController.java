package io.yardmaster.dispatcher.api;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// The dashboard's files and the description of the API: what stands on the class path under
/// `dashboard/` and its four folders, and `openapi.yml`. They hold no data, so they are open to
/// all. Browsers ask for each anew, and mostly get 304: no file's name tells its content.
@Controller
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class PagesController {
    private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,64}\\.[a-z0-9]{1,12}");
    private static final Pattern PATH = Pattern.compile("([a-z]{1,12}/)?" + NAME.pattern());
    private static final Map<String, String> TYPES =
            Map.of(
                    "html", "text/html; charset=utf-8",
                    "js", "text/javascript; charset=utf-8",
                    "css", "text/css; charset=utf-8",
                    "svg", "image/svg+xml",
                    "png", "image/png",
                    "ico", "image/x-icon",
                    "webmanifest", "application/manifest+json",
                    "yml", "application/yaml");

    /// One that is there; names of files that are not are never remembered.
    @SuppressWarnings("ArrayRecordComponent") // passed on, never compared or changed
    private record Page(byte[] bytes, String type, String tag) {}

    private final Map<String, Page> pages = new ConcurrentHashMap<>();

    @Get("/")
    @Allow(Access.OPEN)
    HttpResponse<?> index(HttpRequest<?> request) {
        return file(request, "index.html");
    }

    @Get("/{name}")
    @Allow(Access.OPEN)
    HttpResponse<?> top(HttpRequest<?> request, String name) {
        return file(request, name);
    }

    // one route for each folder: a variable would catch addresses of the API that do not exist

    @Get("/lib/{name}")
    @Allow(Access.OPEN)
    HttpResponse<?> lib(HttpRequest<?> request, String name) {
        return inFolder(request, "lib", name);
    }

    @Get("/parts/{name}")
    @Allow(Access.OPEN)
    HttpResponse<?> parts(HttpRequest<?> request, String name) {
        return inFolder(request, "parts", name);
    }

    @Get("/pages/{name}")
    @Allow(Access.OPEN)
    HttpResponse<?> pages(HttpRequest<?> request, String name) {
        return inFolder(request, "pages", name);
    }

    @Get("/vendor/{name}")
    @Allow(Access.OPEN)
    HttpResponse<?> vendor(HttpRequest<?> request, String name) {
        return inFolder(request, "vendor", name);
    }

    private HttpResponse<?> inFolder(HttpRequest<?> request, String folder, String name) {
        // a slash in the name would lead into a third folder
        return NAME.matcher(name).matches()
                ? file(request, folder + "/" + name)
                : Problem.of(404).response();
    }

    private HttpResponse<?> file(HttpRequest<?> request, String name) {
        Optional<Page> found = page(name);
        if (found.isEmpty()) {
            return Problem.of(404).response();
        }
        Page page = found.get();
        var response =
                page.tag().equals(request.getHeaders().get(HttpHeaders.IF_NONE_MATCH))
                        ? HttpResponse.<byte[]>notModified()
                        : HttpResponse.ok(page.bytes()).contentType(page.type());
        return response.header(HttpHeaders.ETAG, page.tag())
                .header(HttpHeaders.CACHE_CONTROL, "no-cache");
    }

    private Optional<Page> page(String name) {
        if (!PATH.matcher(name).matches()) {
            return Optional.empty();
        }
        Page known = pages.get(name);
        if (known == null) {
            Optional<Page> read = read(name);
            read.ifPresent(page -> pages.put(name, page));
            return read;
        }
        return Optional.of(known);
    }

    private static Optional<Page> read(String name) {
        String type = TYPES.get(name.substring(name.indexOf('.') + 1));
        String resource = name.equals("openapi.yml") ? name : "dashboard/" + name;
        if (type == null) {
            return Optional.empty();
        }
        try (InputStream in =
                PagesController.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                return Optional.empty();
            }
            byte[] bytes = in.readAllBytes();
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            String tag = '"' + HexFormat.of().formatHex(hash, 0, 12) + '"';
            return Optional.of(new Page(bytes, type, tag));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
