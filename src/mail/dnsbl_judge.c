/* dnsbl_judge.c - what the addresses of an answer mean. */
#include "mail/dnsbl.h"

#include "base/ban.h"

enum { LOOPBACK = 127, LAST_OCTET = 0xff, NOT_LISTED = 0x7f000001, ERRORS = 0x7fffff00 };

static void add_words(struct buf *words, const char *text)
{
    if (words->n > 0)
        buf_add(words, SLICE("; "));
    buf_add(words, slice_of(text));
}

static void add_number(struct buf *words, uint32_t answer, const char *text)
{
    buf_printf(words, "%s%u.%u.%u.%u%s", words->n > 0 ? "; " : "", answer >> 24u,
               (answer >> 16u) & LAST_OCTET, (answer >> 8u) & LAST_OCTET, answer & LAST_OCTET,
               text);
}

static bool holds(const struct dnsbl_code *code, uint32_t answer)
{
    if (code->bit != 0)
        return (answer & LAST_OCTET & code->bit) != 0;
    return answer >= code->from && answer <= code->to;
}

static const char *error_words(uint32_t answer)
{
    switch (answer & LAST_OCTET) {
    case 252:
        return "127.255.255.252: the name of the list is mistyped";
    case 254:
        return "127.255.255.254: it refuses questions of public resolvers, and of hosts without a "
               "name of their own in reverse DNS";
    case 255:
        return "127.255.255.255: it was asked too often";
    default:
        return "";
    }
}

/* The finding of that code; `so_far` when nothing is added to it. */
static enum dnsbl_finding add_code(const struct dnsbl_code *code, enum dnsbl_finding so_far,
                                   struct buf *words)
{
    add_words(words, code->words);
    if (code->means == DNSBL_MEANS_ERROR)
        return DNSBL_REFUSED;
    if (code->means == DNSBL_MEANS_NOTE)
        return so_far == DNSBL_CLEAN ? DNSBL_NOTED : so_far;
    return DNSBL_LISTED;
}

/* One address of the answer. */
static enum dnsbl_finding judge_one(const struct dnsbl_list *list, uint32_t answer,
                                    struct buf *words)
{
    enum dnsbl_finding found = DNSBL_CLEAN;

    if (answer >> 24u != LOOPBACK) {
        add_number(words, answer, ": no answer of a list; somebody on the way has changed it");
        return DNSBL_FOREIGN;
    }
    if ((answer & ~(uint32_t)LAST_OCTET) == ERRORS) {
        if (error_words(answer)[0] != '\0')
            add_words(words, error_words(answer));
        else
            add_number(words, answer, ": it refuses the question");
        return DNSBL_REFUSED;
    }
    for (uint32_t i = 0; i < list->codes_n && found != DNSBL_REFUSED; i++)
        if (holds(&list->codes[i], answer))
            found = add_code(&list->codes[i], found, words);
    if (found != DNSBL_CLEAN)
        return found;
    if (answer == NOT_LISTED) {
        add_number(words, answer, ": must never be an answer (RFC 5782)");
        return DNSBL_FOREIGN;
    }
    add_number(words, answer, list->codes_n > 0 ? ": a code that is not in its table" : "");
    return DNSBL_LISTED;
}

enum dnsbl_finding dnsbl_judge(const struct dnsbl_list *list, const uint32_t *answers, size_t n,
                               struct buf *words)
{
    enum dnsbl_finding found = DNSBL_CLEAN;

    for (size_t i = 0; i < n; i++) {
        enum dnsbl_finding one = judge_one(list, answers[i], words);

        if (one == DNSBL_REFUSED || one == DNSBL_FOREIGN)
            return one;
        if (one == DNSBL_LISTED || found == DNSBL_CLEAN)
            found = one;
    }
    return found;
}
