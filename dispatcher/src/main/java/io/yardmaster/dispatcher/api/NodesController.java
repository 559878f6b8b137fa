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
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.Put;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.NodeJson;
import io.yardmaster.nodes.NodeRegistry;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.Report;
import io.yardmaster.nodes.Stats;
import java.net.URI;
import java.util.Optional;

/// The nodes: registering, reporting, draining and looking at them.
@Controller("/v1/nodes")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class NodesController {
    private final NodeRegistry registry;
    private final Nodes nodes;
    private final NodeTable table;
    private final Destinations destinations;
    private final ServerLimits limits;

    NodesController(
            NodeRegistry registry,
            Nodes nodes,
            NodeTable table,
            Destinations destinations,
            ServerLimits limits) {
        this.registry = registry;
        this.nodes = nodes;
        this.table = table;
        this.destinations = destinations;
        this.limits = limits;
    }

    @Get
    @Allow(Access.READ)
    HttpResponse<?> list() {
        ObjectNode json = Answers.object();
        ArrayNode all = json.putArray("nodes");
        table.rows().forEach(all::add);
        return Answers.ok(json);
    }

    @Get("/{node}")
    @Allow(Access.READ_NODE)
    HttpResponse<?> get(String node) {
        return table.row(node)
                .<HttpResponse<?>>map(Answers::ok)
                .orElseGet(() -> unknown(node).response());
    }

    @Put("/{node}")
    @Consumes(MediaType.ALL)
    @Allow(Access.REPORT)
    HttpResponse<?> put(HttpRequest<byte[]> request, String node) {
        byte[] json = Content.json(request, request.getBody(), limits.most(Allow.Size.SMALL));
        Node parsed = NodeFields.value(NodeJson.parseNode(node, json));
        checkDestination("url", parsed.url());
        Stats stats = parsed.stats();
        if (stats != null) {
            checkDestination("stats.url", stats.url());
        }
        HttpStatus status =
                switch (registry.put(parsed)) {
                    case CREATED -> HttpStatus.CREATED;
                    case REPLACED, UNCHANGED -> HttpStatus.OK;
                    case FULL ->
                            throw Problem.conflict(
                                            "there are "
                                                    + NodeRegistry.MOST_NODES
                                                    + " nodes already")
                                    .refused();
                };
        nodes.refresh();
        ObjectNode row = table.row(node).orElseGet(() -> table.unseen(parsed));
        return Answers.json(status, row).header("Location", "/v1/nodes/" + node);
    }

    private void checkDestination(String field, URI url) {
        Optional<String> refusal = destinations.refusal(url);
        if (refusal.isPresent()) {
            Refusals refusals = new Refusals();
            refusals.addTold(field, refusal.get());
            throw Problem.invalid(refusals.errors()).refused();
        }
    }

    @Post("/{node}/report")
    @Consumes(MediaType.ALL)
    @Allow(Access.REPORT)
    HttpResponse<?> report(HttpRequest<byte[]> request, String node) {
        byte[] json = Content.json(request, request.getBody(), limits.most(Allow.Size.SMALL));
        Report report = NodeFields.value(NodeJson.parseReport(json));
        return done(node, registry.report(node, report));
    }

    @Delete("/{node}")
    @Consumes(MediaType.ALL)
    @Allow(Access.OPERATE)
    HttpResponse<?> remove(String node) {
        return done(node, registry.remove(node));
    }

    @Post("/{node}/drain")
    @Consumes(MediaType.ALL)
    @Allow(Access.OPERATE)
    HttpResponse<?> drain(String node) {
        return changed(node, registry.drain(node));
    }

    @Post("/{node}/resume")
    @Consumes(MediaType.ALL)
    @Allow(Access.OPERATE)
    HttpResponse<?> resume(String node) {
        return changed(node, registry.resume(node));
    }

    /// This replica's view follows at once, so that whoever looks next sees what they did.
    private HttpResponse<?> done(String node, boolean known) {
        if (!known) {
            return unknown(node).response();
        }
        nodes.refresh();
        return Answers.noContent();
    }

    private HttpResponse<?> changed(String node, boolean known) {
        if (known) {
            nodes.refresh();
        }
        return known ? get(node) : unknown(node).response();
    }

    private static Problem unknown(String node) {
        return Problem.notFound("no node " + Refusals.shown(node));
    }
}
