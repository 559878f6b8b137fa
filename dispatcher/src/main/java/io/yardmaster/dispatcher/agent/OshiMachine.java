package io.yardmaster.dispatcher.agent;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import oshi.SystemInfo;
import oshi.hardware.CentralProcessor;
import oshi.hardware.CentralProcessor.TickType;
import oshi.hardware.GlobalMemory;
import oshi.hardware.HWDiskStore;
import oshi.hardware.HardwareAbstractionLayer;

/// macOS, the BSDs and Windows, by OSHI. They have no pressure figures, and many no temperature.
final class OshiMachine implements Machine {
    private final HardwareAbstractionLayer hardware = new SystemInfo().getHardware();
    private final LongSupplier nanos;

    OshiMachine(LongSupplier nanos) {
        this.nanos = nanos;
    }

    @Override
    public Reading read() {
        CentralProcessor processor = hardware.getProcessor();
        double busy = 0;
        double total = 0;
        long[] ticks = processor.getSystemCpuLoadTicks();
        for (TickType type : TickType.values()) {
            double count = ticks[type.getIndex()];
            total += count;
            busy += type == TickType.IDLE || type == TickType.IOWAIT ? 0 : count;
        }
        GlobalMemory memory = hardware.getMemory();
        double all = Math.max(1, memory.getTotal());
        Map<String, Long> disks = new HashMap<>();
        for (HWDiskStore disk : hardware.getDiskStores()) {
            disks.put(disk.getName(), disk.getTransferTime());
        }
        return new Reading(
                nanos.getAsLong(),
                busy,
                total,
                Math.max(1, processor.getLogicalProcessorCount()),
                null,
                1 - memory.getAvailable() / all,
                disks,
                null,
                temperature());
    }

    /// OSHI says 0 or NaN where there is no sensor.
    private @Nullable Double temperature() {
        double celsius = hardware.getSensors().getCpuTemperature();
        return celsius > 0 && celsius <= 150 ? celsius : null;
    }
}
