#include "ledger/message.h"

#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"

#include "base/ban.h"

enum { MESSAGES_FIRST = 1024, MESSAGES_MANY = 16384, EXPIRE_BATCH = 4 };

void messages_init(struct messages *m, uint32_t limit)
{
    *m = (struct messages){ .limit = limit,
                            .by_message_id = memory_new(MESSAGE_ID_SLOTS, sizeof(uint32_t)),
                            .free_first = MESSAGE_NONE,
                            .oldest = MESSAGE_NONE,
                            .newest = MESSAGE_NONE };
}

void messages_done(struct messages *m)
{
    free(m->all);
    table_done(&m->by_id);
    free(m->by_message_id);
    *m = (struct messages){ 0 };
}

static uint64_t id_hash(uint16_t host, struct slice queue_id)
{
    return hash_slice(queue_id, (uint64_t)host + 1);
}

uint32_t messages_find(const struct messages *m, uint16_t host, struct slice queue_id)
{
    uint64_t hash = id_hash(host, queue_id);
    uint32_t i;

    for (struct table_probe p = table_find(&m->by_id, hash); table_at(&m->by_id, &p, &i);
         table_step(&m->by_id, &p))
        if (m->all[i].hash == hash && m->all[i].host == host &&
            slice_eq(message_queue_id(&m->all[i]), queue_id))
            return i;
    return MESSAGE_NONE;
}

static void order_leave(struct messages *m, uint32_t index)
{
    struct message *gone = &m->all[index];

    if (gone->older != MESSAGE_NONE)
        m->all[gone->older].newer = gone->newer;
    else
        m->oldest = gone->newer;
    if (gone->newer != MESSAGE_NONE)
        m->all[gone->newer].older = gone->older;
    else
        m->newest = gone->older;
}

static void order_join(struct messages *m, uint32_t index)
{
    m->all[index].older = m->newest;
    m->all[index].newer = MESSAGE_NONE;
    if (m->newest != MESSAGE_NONE)
        m->all[m->newest].newer = index;
    else
        m->oldest = index;
    m->newest = index;
}

uint32_t messages_child(const struct messages *m, uint32_t index)
{
    const struct message *parent = &m->all[index], *child;

    if (parent->child >= m->used || parent->message_id == 0)
        return MESSAGE_NONE;
    child = &m->all[parent->child];
    return child->message_id == parent->message_id && (child->flags & MESSAGE_CHILD) != 0
               ? parent->child
               : MESSAGE_NONE;
}

void messages_remove(struct messages *m, uint32_t index)
{
    struct message *gone = &m->all[index];
    uint32_t *slot = &m->by_message_id[gone->message_id % MESSAGE_ID_SLOTS];
    uint32_t child = messages_child(m, index);

    if (child != MESSAGE_NONE && *slot == index)
        *slot = child;
    table_remove(&m->by_id, gone->hash, index);
    order_leave(m, index);
    gone->message_id = 0;
    gone->flags = 0;
    gone->older = m->free_first;
    m->free_first = index;
    m->live--;
}

static uint32_t entry_take(struct messages *m)
{
    uint32_t index = m->free_first;

    if (index != MESSAGE_NONE) {
        m->free_first = m->all[index].older;
        return index;
    }
    if (m->used == m->room) {
        /* Of many, room for all that will ever be: addresses, not memory. To copy ten megabytes
         * would keep a policy request waiting for some milliseconds. */
        m->room = m->room > 0 ? m->room * 2 : MESSAGES_FIRST;
        if (m->room > MESSAGES_MANY && m->room < m->limit) {
            m->room = m->limit;
            table_expect(&m->by_id, m->limit);
        }
        m->all = memory_resize(m->all, m->room, sizeof *m->all);
    }
    return m->used++;
}

static void name_set(struct message *entry, uint16_t host, struct slice queue_id)
{
    entry->hash = id_hash(host, queue_id);
    entry->host = host;
    entry->queue_id_n = (uint8_t)queue_id.n;
    memcpy(entry->queue_id, queue_id.p, queue_id.n);
}

uint32_t messages_add(struct messages *m, uint16_t host, struct slice queue_id, struct wall at)
{
    struct slice id = slice_head(queue_id, QUEUE_ID_MAX);
    uint32_t index = messages_find(m, host, id);

    if (index != MESSAGE_NONE)
        messages_remove(m, index);
    if (m->live >= m->limit) {
        messages_remove(m, m->oldest);
        m->forgotten++;
    }
    index = entry_take(m);
    m->all[index] =
        (struct message){ .came = at, .seen = at, .subject = MESSAGE_NONE, .child = MESSAGE_NONE };
    name_set(&m->all[index], host, id);
    table_add(&m->by_id, m->all[index].hash, index);
    order_join(m, index);
    m->live++;
    return index;
}

void messages_rename(struct messages *m, uint32_t index, struct slice queue_id)
{
    struct slice id = slice_head(queue_id, QUEUE_ID_MAX);
    uint16_t host = m->all[index].host;
    uint32_t other = messages_find(m, host, id);

    if (other == index)
        return;
    if (other != MESSAGE_NONE)
        messages_remove(m, other);
    table_remove(&m->by_id, m->all[index].hash, index);
    name_set(&m->all[index], host, id);
    table_add(&m->by_id, m->all[index].hash, index);
}

uint32_t messages_with_message_id(const struct messages *m, uint16_t host, uint64_t message_id)
{
    uint32_t index = m->by_message_id[message_id % MESSAGE_ID_SLOTS];

    if (index >= m->used || m->all[index].message_id != message_id || m->all[index].host != host)
        return MESSAGE_NONE;
    return index;
}

void messages_set_message_id(struct messages *m, uint32_t index, uint64_t message_id)
{
    assert(message_id != 0);
    m->all[index].message_id = message_id;
    if ((m->all[index].flags & (MESSAGE_CHILD | MESSAGE_LOCAL)) != 0 &&
        messages_with_message_id(m, m->all[index].host, message_id) != MESSAGE_NONE)
        return;
    m->by_message_id[message_id % MESSAGE_ID_SLOTS] = index;
}

void messages_expire(struct messages *m, struct wall now)
{
    for (int i = 0; i < EXPIRE_BATCH && m->oldest != MESSAGE_NONE; i++) {
        uint32_t oldest = m->oldest;

        if (now.ms - m->all[oldest].came.ms < MESSAGE_AGE_MS)
            return;
        if (now.ms - m->all[oldest].seen.ms >= MESSAGE_AGE_MS) {
            messages_remove(m, oldest);
            continue;
        }
        m->all[oldest].came = m->all[oldest].seen; /* still heard of: look again later */
        order_leave(m, oldest);
        order_join(m, oldest);
    }
}
