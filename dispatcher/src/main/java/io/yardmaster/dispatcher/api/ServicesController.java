package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.Put;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.yardmaster.nodes.NodeJson;
import io.yardmaster.nodes.NodeRegistry;
import io.yardmaster.nodes.NodeView;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.ServiceSettings;
import io.yardmaster.queue.QueueName;
import java.util.List;
import java.util.Map;

/// The services and how each is served.
@Controller("/v1/services")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class ServicesController {
    private final NodeRegistry registry;
    private final Nodes nodes;
    private final ServerLimits limits;

    ServicesController(NodeRegistry registry, Nodes nodes, ServerLimits limits) {
        this.registry = registry;
        this.nodes = nodes;
        this.limits = limits;
    }

    @Get
    @Allow(Access.READ)
    HttpResponse<?> list(HttpRequest<?> request) {
        Caller caller = Caller.of(request);
        List<NodeView> views = nodes.view();
        ObjectNode json = Answers.object();
        ArrayNode services = json.putArray("services");
        for (Map.Entry<String, ServiceSettings> service : nodes.services().entrySet()) {
            if (caller.mayUse(service.getKey())) {
                services.add(row(service.getKey(), service.getValue(), views));
            }
        }
        return Answers.ok(json);
    }

    @Get("/{service}")
    @Allow(Access.READ)
    HttpResponse<?> get(String service) {
        ServiceSettings settings = nodes.services().get(checked(service));
        return settings == null
                ? unknown(service).response()
                : Answers.ok(row(service, settings, nodes.view()));
    }

    private ObjectNode row(String name, ServiceSettings settings, List<NodeView> views) {
        ObjectNode row = Answers.object().put("name", name);
        row.setAll(NodeJson.tree(settings));
        row.put("strategy", nodes.strategy(name));
        List<NodeView> own =
                views.stream().filter(view -> view.node().services().contains(name)).toList();
        ArrayNode ids = row.putArray("nodes");
        own.forEach(view -> ids.add(view.node().id()));
        return row.put("healthScore", nodes.healthScore(name));
    }

    @Put("/{service}")
    @Consumes(MediaType.ALL)
    @Allow(Access.OPERATE)
    HttpResponse<?> put(HttpRequest<byte[]> request, String service) {
        byte[] json = Content.json(request, request.getBody(), limits.most(Allow.Size.SMALL));
        String name = checked(service);
        ServiceSettings settings = NodeFields.value(NodeJson.parseService(json));
        HttpStatus status =
                switch (registry.putService(name, settings)) {
                    case CREATED -> HttpStatus.CREATED;
                    case REPLACED, UNCHANGED -> HttpStatus.OK;
                    case FULL ->
                            throw Problem.conflict(
                                            "there are "
                                                    + NodeRegistry.MOST_SERVICES
                                                    + " services already")
                                    .refused();
                };
        nodes.refresh();
        return Answers.json(status, row(name, settings, nodes.view()))
                .header("Location", "/v1/services/" + name);
    }

    @Delete("/{service}")
    @Consumes(MediaType.ALL)
    @Allow(Access.OPERATE)
    HttpResponse<?> remove(String service) {
        if (!registry.removeService(checked(service))) {
            return unknown(service).response();
        }
        nodes.refresh();
        return Answers.noContent();
    }

    private static String checked(String name) {
        if (!QueueName.isService(name)) {
            throw Problem.invalid("service", name, "[A-Za-z0-9._-]{1,64}").refused();
        }
        return name;
    }

    private static Problem unknown(String name) {
        return Problem.notFound("no service " + name);
    }
}
