#include "act/lock_files.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "act/check.h"
#include "act/map_file.h"
#include "act/place.h"
#include "act/wire.h"
#include "base/escape.h"
#include "base/memory.h"

#include "base/ban.h"

struct lock {
    struct slice account, reply;
    bool mail_only; /* not in the deny file */
    bool client;    /* a host */
};

struct locks {
    struct lock *items;
    size_t n, room;
    bool refused; /* some were left out */
};

static void locks_done(struct locks *l)
{
    free(l->items);
}

static void locks_add(struct locks *l, const struct lock *lock)
{
    if (l->n == l->room) {
        l->room = l->room > 0 ? l->room * 2 : 64;
        l->items = memory_resize(l->items, l->room, sizeof *l->items);
    }
    l->items[l->n++] = *lock;
}

/* One line, to where it belongs. */
static void locks_take(struct locks *accounts, struct locks *clients, struct slice line,
                       struct buf *why)
{
    struct lock lock = { 0 };
    const char *wrong = "a line without tab";

    if (slice_cut(&line, '\t', &lock.account)) {
        lock.client = slice_ends(line, LOCK_CLIENT);
        if (lock.client)
            line.n -= LOCK_CLIENT.n;
        lock.mail_only = slice_ends(line, LOCK_MAIL_ONLY);
        if (lock.mail_only)
            line.n -= LOCK_MAIL_ONLY.n;
        lock.reply = slice_trim(line);
        wrong = lock.client ? check_lock_client(lock.account) : check_lock_account(lock.account);
        if (wrong == NULL)
            wrong = check_lock_reply(lock.reply);
    }
    if (wrong != NULL) {
        if (!accounts->refused) {
            escape_terminal(why, slice_head(lock.account, CHECK_ACCOUNT_MAX));
            buf_printf(why, ": left out of the lock files: %s\n", wrong);
        }
        accounts->refused = true;
        return;
    }
    locks_add(lock.client ? clients : accounts, &lock);
}

static int by_account(const void *a, const void *b)
{
    const struct lock *one = a, *two = b;
    size_t n = one->account.n < two->account.n ? one->account.n : two->account.n;
    int order = strncasecmp(one->account.p, two->account.p, n);

    return order != 0 ? order
                      : (one->account.n > two->account.n) - (one->account.n < two->account.n);
}

/* In order, and each once: Postfix does not look at case. */
static void locks_sort(struct locks *l)
{
    size_t n = 0;

    if (l->n > 0)
        qsort(l->items, l->n, sizeof *l->items, by_account);
    for (size_t i = 0; i < l->n; i++)
        if (n == 0 || by_account(&l->items[n - 1], &l->items[i]) != 0)
            l->items[n++] = l->items[i];
    l->n = n;
}

static void print_denied(const struct locks *l, struct buf *out)
{
    for (size_t i = 0; i < l->n; i++)
        if (!l->items[i].mail_only) {
            buf_add(out, l->items[i].account);
            buf_add_char(out, '\n');
        }
}

/* The parts of a line, as the file at hand has it. */
static void print_locks(const struct locks *l, struct buf *out, bool reply)
{
    for (size_t i = 0; i < l->n; i++) {
        buf_add(out, l->items[i].account);
        if (reply) {
            buf_add_char(out, '\t');
            buf_add(out, l->items[i].reply);
        }
        buf_add_char(out, '\n');
    }
}

static int write_map(const struct lock_files *f, const char *map, struct locks *l, struct buf *why)
{
    const struct map_file file = { f->postmap, f->postfix_config, map };
    CLEANUP(buf_done) struct buf content = buf_make(WIRE_REQUEST_MAX);
    CLEANUP(buf_done) struct buf keys = buf_make(WIRE_REQUEST_MAX);

    locks_sort(l);
    print_locks(l, &content, true);
    print_locks(l, &keys, false);
    return map_file_write(&file, buf_slice(&content), buf_slice(&keys), why);
}

/* The map of hosts, beside that of accounts: when Postfix is told of it, or one is to be locked. */
static int write_clients(const struct lock_files *f, struct locks *clients, struct buf *why)
{
    CLEANUP(buf_done) struct buf map = buf_make(PATH_MAX);
    const char *suffix = NULL, *path;

    buf_printf(&map, "%s%s", f->map, LOCK_CLIENTS_SUFFIX);
    buf_add_char(&map, '\0');
    if (map.full)
        return -ENAMETOOLONG;
    path = map_file_path(map.p, &suffix);
    if (clients->n == 0 && (path == NULL || access(path, F_OK) < 0))
        return 0;
    return write_map(f, map.p, clients, why);
}

static int write_deny_file(const struct lock_files *f, const struct locks *l, struct buf *why)
{
    CLEANUP(place_done) struct place p = { .directory = -1, .private_directory = -1 };
    CLEANUP(buf_done) struct buf content = buf_make(WIRE_REQUEST_MAX);
    int status = place_open(&p, f->deny_file, why);

    print_denied(l, &content);
    if (status == 0)
        status = place_write(&p, buf_slice(&content));
    return status == 0 ? place_install(&p, "") : status;
}

static bool is_set(const char *path)
{
    return path != NULL && path[0] != '\0';
}

/* The first error; each is named in `why`. */
static int note(int before, int status, const char *path, struct buf *why, size_t said)
{
    if (status < 0 && why->n == said)
        buf_printf(why, "%s: %s\n", path, strerror(-status));
    return before != 0 ? before : status;
}

int lock_files_write(const struct lock_files *f, struct slice lines, uint64_t *count,
                     struct buf *why)
{
    CLEANUP(locks_done) struct locks accounts = { 0 };
    CLEANUP(locks_done) struct locks clients = { 0 };
    struct slice line;
    size_t said;
    int status = 0;

    while (slice_cut(&lines, '\n', &line))
        locks_take(&accounts, &clients, line, why);
    locks_sort(&accounts);
    said = why->n;
    if (is_set(f->map))
        status = note(status, write_map(f, f->map, &accounts, why), f->map, why, said);
    said = why->n;
    if (is_set(f->map))
        status = note(status, write_clients(f, &clients, why), "the map of hosts", why, said);
    said = why->n;
    if (is_set(f->deny_file))
        status = note(status, write_deny_file(f, &accounts, why), f->deny_file, why, said);
    if (status == 0)
        *count = accounts.n + clients.n;
    return status == 0 && accounts.refused ? -EINVAL : status;
}
