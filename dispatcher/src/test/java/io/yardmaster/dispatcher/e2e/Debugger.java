package io.yardmaster.dispatcher.e2e;

import com.sun.jdi.ArrayReference;
import com.sun.jdi.ArrayType;
import com.sun.jdi.Bootstrap;
import com.sun.jdi.ClassType;
import com.sun.jdi.Location;
import com.sun.jdi.Method;
import com.sun.jdi.ObjectReference;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.StringReference;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.Value;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.EventRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A debugger on a replica: makes the whole process stand still, every thread of it, at the moment
/// when a method begins or ends for one request. What happens then is the test's choice: `kill -9`
/// there, or go on later.
///
/// The product knows nothing of it. Methods are named by class, name and parameter types; one that
/// is not there any more fails the test.
final class Debugger implements AutoCloseable {
    private static final String AGENT =
            "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:0";
    private static final Pattern LISTENING =
            Pattern.compile("Listening for transport dt_socket at address: (?:\\S*:)?(\\d+)");

    private final VirtualMachine machine;
    private final Map<EventRequest, Halt> halts = new ConcurrentHashMap<>();
    private volatile String trouble = "";

    /// A replica that a debugger can be attached to.
    static Program launch(String... arguments) {
        List<String> all = new ArrayList<>(List.of("serve", "--port", "0"));
        all.addAll(List.of(arguments));
        return Program.start(
                Map.of("JAVA_TOOL_OPTIONS", AGENT), List.of(), all.toArray(String[]::new));
    }

    /// Where the process stands still, once it does.
    final class Halt {
        private final java.lang.reflect.Method where;
        private final String mention;
        private final CountDownLatch hit = new CountDownLatch(1);
        private volatile @Nullable EventSet held;

        private Halt(java.lang.reflect.Method where, String mention) {
            this.where = where;
            this.mention = mention;
        }

        boolean isHit() {
            return hit.getCount() == 0;
        }

        /// Waits until no thread of the process runs any more.
        Halt await() throws InterruptedException {
            if (!hit.await(Await.LONG.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError(
                        "never came to " + where + " for " + mention + " " + trouble);
            }
            return this;
        }

        /// All threads go on, and it never stands still here again.
        void resume() {
            Objects.requireNonNull(held).resume();
        }
    }

    private Debugger(VirtualMachine machine) {
        this.machine = machine;
        Thread.ofPlatform().daemon().name("debugger").start(this::listen);
    }

    static Debugger attach(Program program) {
        Matcher listening = LISTENING.matcher(program.said());
        if (!listening.find()) {
            throw new AssertionError("no debugger's door in\n" + program.said());
        }
        AttachingConnector sockets =
                Bootstrap.virtualMachineManager().attachingConnectors().stream()
                        .filter(each -> each.name().equals("com.sun.jdi.SocketAttach"))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("this JDK has no debugger"));
        Map<String, Connector.Argument> arguments = sockets.defaultArguments();
        Objects.requireNonNull(arguments.get("hostname")).setValue("127.0.0.1");
        Objects.requireNonNull(arguments.get("port")).setValue(listening.group(1));
        try {
            return new Debugger(sockets.attach(arguments));
        } catch (Exception e) {
            throw new AssertionError("attaching to " + listening.group(1), e);
        }
    }

    /// Before the first instruction of a method, when one of its arguments mentions the text.
    Halt begins(String mention, Class<?> type, String method, Class<?>... parameters) {
        Halt halt = new Halt(declared(type, method, parameters), mention);
        breakAt(mirror(halt.where).location(), halt);
        return halt;
    }

    /// Before each return of a method, when one of its arguments mentions the text. (Events of the
    /// machine for every method's end would make it ten times as slow.)
    Halt ends(String mention, Class<?> type, String method, Class<?>... parameters) {
        Halt halt = new Halt(declared(type, method, parameters), mention);
        Method mirror = mirror(halt.where);
        returns(halt.where).forEach(index -> breakAt(mirror.locationOfCodeIndex(index), halt));
        return halt;
    }

    private void breakAt(Location location, Halt halt) {
        BreakpointRequest request = machine.eventRequestManager().createBreakpointRequest(location);
        halts.put(request, halt);
        request.setSuspendPolicy(EventRequest.SUSPEND_ALL);
        request.enable();
    }

    /// Where its return instructions stand in its code.
    private static List<Integer> returns(java.lang.reflect.Method method) {
        List<Integer> found = new ArrayList<>();
        int index = 0;
        for (CodeElement element : code(method)) {
            if (element instanceof Instruction instruction) {
                if (instruction instanceof ReturnInstruction) {
                    found.add(index);
                }
                index += instruction.sizeInBytes();
            }
        }
        return found;
    }

    private static CodeModel code(java.lang.reflect.Method method) {
        Class<?> type = method.getDeclaringClass();
        String resource = "/" + type.getName().replace('.', '/') + ".class";
        try (InputStream file = type.getResourceAsStream(resource)) {
            return ClassFile.of().parse(file.readAllBytes()).methods().stream()
                    .filter(each ->
                            each.methodName().equalsString(method.getName())
                                    && each.methodType().equalsString(descriptor(method)))
                    .findFirst()
                    .flatMap(MethodModel::code)
                    .orElseThrow(() -> new AssertionError("no code of " + method));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static java.lang.reflect.Method declared(
            Class<?> type, String method, Class<?>... parameters) {
        try {
            return type.getDeclaredMethod(method, parameters);
        } catch (NoSuchMethodException e) {
            throw new AssertionError("the product has it no more, this test needs it", e);
        }
    }

    private Method mirror(java.lang.reflect.Method method) {
        List<ReferenceType> types = machine.classesByName(method.getDeclaringClass().getName());
        if (types.size() != 1) {
            throw new AssertionError(method.getDeclaringClass() + " in the replica: " + types);
        }
        return types.getFirst().methodsByName(method.getName(), descriptor(method)).stream()
                .findFirst()
                .orElseThrow(() -> new AssertionError("the replica has no " + method));
    }

    private static String descriptor(java.lang.reflect.Method method) {
        return MethodType.methodType(method.getReturnType(), method.getParameterTypes())
                .toMethodDescriptorString();
    }

    private void listen() {
        try {
            while (true) {
                EventSet events = machine.eventQueue().remove();
                Halt halt = null;
                for (Event event : events) {
                    halt = halt == null ? halt(event) : halt;
                }
                if (halt == null) {
                    events.resume();
                } else {
                    halt.held = events;
                    halt.hit.countDown();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (VMDisconnectedException e) {
            // It was killed or has ended.
        }
    }

    /// The halt that this event is, when it is one.
    private @Nullable Halt halt(Event event) {
        Halt halt = event.request() == null ? null : halts.get(event.request());
        if (halt == null || halt.isHit()) {
            return null;
        }
        try {
            boolean here = event instanceof BreakpointEvent at && mentions(halt, at.thread());
            if (here) {
                event.request().disable();
                return halt;
            }
        } catch (VMDisconnectedException e) {
            throw e;
        } catch (Exception e) {
            trouble = "the debugger failed: " + e;
        }
        return null;
    }

    private static boolean mentions(Halt halt, ThreadReference thread) throws Exception {
        Set<Value> seen = new HashSet<>();
        for (Value argument : thread.frame(0).getArgumentValues()) {
            if (mentions(halt.mention, argument, seen)) {
                return true;
            }
        }
        return false;
    }

    /// Looks for the text in strings, records and collections. Only reads: to run anything in a
    /// process that stands still can wait for a lock for ever.
    private static boolean mentions(String text, Value value, Set<Value> seen) {
        if (value instanceof StringReference string) {
            return string.value().contains(text);
        }
        if (!(value instanceof ObjectReference object) || !seen.add(object)) {
            return false;
        }
        if (object instanceof ArrayReference array) {
            return array.type() instanceof ArrayType type
                    && !type.componentSignature().matches("[BCDFIJSZ]")
                    && array.getValues().stream().anyMatch(each -> mentions(text, each, seen));
        }
        return isData(object.referenceType())
                && object
                        .getValues(
                                object.referenceType().allFields().stream()
                                        .filter(field -> !field.isStatic())
                                        .toList())
                        .values()
                        .stream()
                        .anyMatch(each -> mentions(text, each, seen));
    }

    private static boolean isData(ReferenceType type) {
        return type.name().startsWith("java.util.")
                || (type instanceof ClassType data
                        && data.superclass() != null
                        && data.superclass().name().equals("java.lang.Record"));
    }

    @Override
    public void close() {
        try {
            machine.dispose();
        } catch (VMDisconnectedException e) {
            // It was killed.
        }
    }
}
