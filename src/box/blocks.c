/* blocks.c - addresses nobody may write to, clients that may not send, accounts that are trusted
 * for some days. */
#include "base/memory.h"
#include "box/private.h"
#include "mail/address.h"

#include "base/ban.h"

static uint64_t value_hash(struct slice value)
{
    return hash_slice(value, 6);
}

static const struct box_blocked *recipient_block(const struct box *b, struct slice value)
{
    uint32_t at;

    for (struct table_probe p = table_find(&b->blocked_recipients, value_hash(value));
         table_at(&b->blocked_recipients, &p, &at); table_step(&b->blocked_recipients, &p))
        if (slice_eq(b->blocks[at].value, value))
            return &b->blocks[at];
    return NULL;
}

static bool same_prefix(const struct ip_prefix *a, const struct ip_prefix *b)
{
    return a->bits == b->bits && ip_eq(&a->net, &b->net);
}

/* The same one, however it was written. */
static const struct box_blocked *find(const struct box *b, const struct box_blocked *wanted)
{
    if (wanted->kind == BOX_BLOCK_RECIPIENT)
        return recipient_block(b, wanted->value);
    for (uint32_t k = 0; k < b->client_blocks; k++)
        if (same_prefix(&b->blocks[k].prefix, &wanted->prefix))
            return &b->blocks[k];
    return NULL;
}

static void move(struct box *b, uint32_t from, uint32_t to)
{
    if (from == to)
        return;
    if (b->blocks[from].kind == BOX_BLOCK_RECIPIENT)
        table_move(&b->blocked_recipients, value_hash(b->blocks[from].value), from, to);
    b->blocks[to] = b->blocks[from];
}

static void add(struct box *b, const struct box_blocked *from)
{
    bool client = from->kind == BOX_BLOCK_CLIENT;
    uint32_t at = client ? b->client_blocks : b->blocks_n;
    struct box_blocked *k;

    b->blocks = box_grown(b->blocks, b->blocks_n, &b->blocks_room, sizeof *b->blocks);
    move(b, at, b->blocks_n); /* the first recipient makes room */
    k = &b->blocks[at];
    *k = *from;
    k->value = arena_copy(&b->strings, from->value);
    k->who = arena_copy(&b->strings, from->who);
    k->reason = arena_copy(&b->strings, from->reason);
    if (client)
        b->client_blocks++;
    else
        table_add(&b->blocked_recipients, value_hash(k->value), at);
    b->blocks_n++;
}

/* In the form in which it is looked up: false when it is none. */
static bool fold(enum box_block kind, struct slice value, char room[ADDRESS_MAX],
                 struct box_blocked *out)
{
    out->kind = kind;
    if (kind == BOX_BLOCK_CLIENT) {
        out->value = address_lower(value, room);
        return ip_prefix_parse(value, &out->prefix);
    }
    out->value = address_fold(value, room);
    return address_domain(out->value).n > 0;
}

enum box_said box_add_block(struct box *b, enum box_block kind, struct slice value,
                            const struct box_decision *by)
{
    struct box_blocked k = { .at = by->at, .who = by->who, .reason = by->reason };
    char room[ADDRESS_MAX];

    if (!fold(kind, value, room, &k))
        return BOX_NO_SUCH;
    if (find(b, &k) != NULL)
        return BOX_ALREADY;
    add(b, &k);
    b->keeper.blocked(b->keeper.ctx, &k, false);
    box_note(b, by->at, 0, by->who, k.value, "block", by->reason);
    return BOX_OK;
}

enum box_said box_remove_block(struct box *b, enum box_block kind, struct slice value,
                               const struct box_decision *by)
{
    struct box_blocked wanted = { 0 };
    const struct box_blocked *k;
    char room[ADDRESS_MAX];
    uint32_t at;

    if (!fold(kind, value, room, &wanted) || (k = find(b, &wanted)) == NULL)
        return BOX_NO_SUCH;
    at = (uint32_t)(k - b->blocks);
    b->keeper.blocked(b->keeper.ctx, k, true);
    box_note(b, by->at, 0, by->who, k->value, "unblock", by->reason);
    if (kind == BOX_BLOCK_RECIPIENT) {
        (void)table_remove(&b->blocked_recipients, value_hash(k->value), at);
    } else {
        b->client_blocks--;
        move(b, b->client_blocks, at);
        at = b->client_blocks;
    }
    move(b, --b->blocks_n, at);
    return BOX_OK;
}

const struct box_blocked *box_block_at(const struct box *b, uint32_t i)
{
    return i < b->blocks_n ? &b->blocks[i] : NULL;
}

const struct box_blocked *box_blocks_recipient(const struct box *b, struct slice folded)
{
    const struct box_blocked *k;
    struct slice domain;

    if (b->blocks_n == b->client_blocks)
        return NULL;
    k = recipient_block(b, folded);
    domain = address_domain(folded);
    if (k == NULL && domain.n > 0) /* with the '@' in front of it */
        k = recipient_block(b, (struct slice){ domain.p - 1, domain.n + 1 });
    return k;
}

const struct box_blocked *box_blocks_client(const struct box *b, const struct ip *ip)
{
    for (uint32_t k = 0; k < b->client_blocks; k++)
        if (ip_in(ip, &b->blocks[k].prefix))
            return &b->blocks[k];
    return NULL;
}

void box_block_hit(struct box *b, const struct box_blocked *k, struct wall at)
{
    struct box_blocked *mine = &b->blocks[k - b->blocks];

    mine->hits += mine->hits < UINT32_MAX;
    mine->last = at;
}

void box_load_blocked(struct box *b, const struct box_blocked *from)
{
    struct box_blocked k = *from;

    if (k.kind == BOX_BLOCK_RECIPIENT || ip_prefix_parse(k.value, &k.prefix))
        add(b, &k);
}

static struct box_trusted *find_trust(const struct box *b, struct slice account)
{
    for (uint32_t k = 0; k < b->trusts_n; k++)
        if (slice_eq(b->trusts[k].account, account))
            return &b->trusts[k];
    return NULL;
}

/* Its policy is another one from now on. */
static void ask_again(struct box *b, struct slice account)
{
    struct subject s = subject_make(SUBJECT_ACCOUNT, account);
    uint32_t fuse = detect_find(b->detect, &s);

    if (fuse != UINT32_MAX)
        detect_ask_again(b->detect, fuse);
}

void box_load_trusted(struct box *b, const struct box_trusted *from)
{
    struct box_trusted *t = find_trust(b, from->account);

    if (t == NULL) {
        b->trusts = box_grown(b->trusts, b->trusts_n, &b->trusts_room, sizeof *b->trusts);
        t = &b->trusts[b->trusts_n++];
    }
    *t = *from;
    t->account = arena_copy(&b->strings, from->account);
    t->who = arena_copy(&b->strings, from->who);
    t->reason = arena_copy(&b->strings, from->reason);
    ask_again(b, t->account);
}

enum box_said box_trust(struct box *b, struct slice account, int32_t until_day,
                        const char country[3], const struct box_decision *by)
{
    char room[ADDRESS_MAX];
    struct box_trusted t = { .account = account_fold(account, room),
                             .at = by->at,
                             .until_day = until_day,
                             .who = by->who,
                             .reason = by->reason };

    if (t.account.n == 0)
        return BOX_NO_SUCH;
    memcpy(t.country, country, sizeof t.country);
    box_load_trusted(b, &t);
    b->keeper.trusted(b->keeper.ctx, &t, false);
    box_note(b, by->at, 0, by->who, t.account, "trust", by->reason);
    return BOX_OK;
}

enum box_said box_untrust(struct box *b, struct slice account, const struct box_decision *by)
{
    char room[ADDRESS_MAX];
    struct box_trusted *t = find_trust(b, account_fold(account, room));

    if (t == NULL)
        return BOX_NO_SUCH;
    b->keeper.trusted(b->keeper.ctx, t, true);
    box_note(b, by->at, 0, by->who, t->account, "untrust", by->reason);
    ask_again(b, t->account);
    *t = b->trusts[--b->trusts_n];
    return BOX_OK;
}

const struct box_trusted *box_trust_at(const struct box *b, uint32_t i)
{
    return i < b->trusts_n ? &b->trusts[i] : NULL;
}

const struct box_trusted *box_trusts(const struct box *b, struct slice folded, int32_t day)
{
    const struct box_trusted *t = b->trusts_n > 0 ? find_trust(b, folded) : NULL;

    return t != NULL && day <= t->until_day ? t : NULL;
}
