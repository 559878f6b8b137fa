package io.yardmaster.bench.simulate.baseline;

import io.yardmaster.bench.simulate.Balancer;
import io.yardmaster.bench.simulate.Job;
import io.yardmaster.bench.simulate.Outlook;

/// A rule that knows its own requests in flight.
abstract class Counting implements Balancer {
    final Outlook outlook;
    final int[] own;

    Counting(Outlook outlook) {
        this.outlook = outlook;
        this.own = new int[outlook.machines()];
    }

    @Override
    public void sent(Job job) {
        own[job.machine()]++;
    }

    @Override
    public void ended(Job job, Ending ending, double seconds) {
        own[job.machine()]--;
    }

    interface Cost {
        double of(int machine);
    }

    /// The least of all; equals are drawn from.
    final int least(Cost cost) {
        double best = Double.POSITIVE_INFINITY;
        int chosen = 0;
        int ties = 0;
        for (int i = 0; i < own.length; i++) {
            double its = cost.of(i);
            if (its < best) {
                best = its;
                chosen = i;
                ties = 1;
            } else if (its == best && outlook.dice().nextInt(++ties) == 0) {
                chosen = i;
            }
        }
        return chosen;
    }

    /// The lesser of two different ones, drawn alike.
    final int lessOfTwo(Cost cost) {
        if (own.length == 1) {
            return 0;
        }
        int one = outlook.dice().nextInt(own.length);
        int other = outlook.dice().nextInt(own.length - 1);
        if (other >= one) {
            other++;
        }
        return cost.of(other) < cost.of(one) ? other : one;
    }
}
