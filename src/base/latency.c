#include "base/latency.h"

#include "base/ban.h"

static const uint64_t bounds_ns[LATENCY_BOUNDS] = {
    10000,   25000,   50000,    100000,   250000,    500000,    1000000,
    2500000, 5000000, 10000000, 25000000, 100000000, 250000000, 1000000000,
};

uint64_t latency_bound_ns(size_t i)
{
    return bounds_ns[i];
}

void latency_add(struct latency *l, uint64_t ns)
{
    size_t i = 0;

    while (i < LATENCY_BOUNDS && ns > bounds_ns[i])
        i++;
    l->counts[i]++;
    if (__builtin_add_overflow(l->sum_ns, ns, &l->sum_ns))
        l->sum_ns = UINT64_MAX;
}
