#include "ledger/bars.h"

#include "base/ban.h"

void bar_add(uint16_t *counter, uint32_t n)
{
    *counter = n > (uint32_t)(UINT16_MAX - *counter) ? UINT16_MAX : (uint16_t)(*counter + n);
}

static struct bar bar_sum(const struct bar *a, const struct bar *b)
{
    struct bar sum = *a;

    sum.messages += b->messages;
    sum.recipients += b->recipients;
    bar_add(&sum.refused, b->refused);
    bar_add(&sum.login_failures, b->login_failures);
    return sum;
}

/* Twice the width: bar i gets what bars 2i and 2i + 1 had, counted from the new start. */
static void bars_widen(struct bars *b)
{
    static const struct bar none;
    int64_t start = b->start_ms - b->start_ms % (2 * b->width_ms);
    int shift = start < b->start_ms; /* the first new bar has only one old one */
    struct bars wide = { .start_ms = start, .width_ms = 2 * b->width_ms };

    for (int i = 0; i < BARS; i++) {
        int left = 2 * i - shift, right = left + 1;

        wide.bar[i] = bar_sum(left >= 0 && left < BARS ? &b->bar[left] : &none,
                              right < BARS ? &b->bar[right] : &none);
    }
    *b = wide;
}

struct bar *bars_at(struct bars *b, struct wall at)
{
    if (b->width_ms == 0) {
        b->width_ms = BARS_FIRST_WIDTH_MS;
        b->start_ms = at.ms - at.ms % b->width_ms;
    }
    while (at.ms - b->start_ms >= BARS * b->width_ms)
        bars_widen(b);
    return &b->bar[at.ms > b->start_ms ? (at.ms - b->start_ms) / b->width_ms : 0];
}

static bool bar_empty(const struct bar *b)
{
    return b->messages == 0 && b->recipients == 0 && b->refused == 0 && b->login_failures == 0;
}

size_t bars_used(const struct bars *b)
{
    size_t n = b->width_ms > 0 ? BARS : 0;

    while (n > 0 && bar_empty(&b->bar[n - 1]))
        n--;
    return n;
}
