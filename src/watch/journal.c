#include "watch/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <systemd/sd-journal.h>

#include "base/library.h"
#include "base/memory.h"

#include "base/ban.h"

#define FUNCTIONS(X)                                                                               \
    X(sd_journal_close)                                                                            \
    X(sd_journal_get_cursor)                                                                       \
    X(sd_journal_get_data)                                                                         \
    X(sd_journal_get_fd)                                                                           \
    X(sd_journal_get_realtime_usec)                                                                \
    X(sd_journal_has_persistent_files)                                                             \
    X(sd_journal_has_runtime_files)                                                                \
    X(sd_journal_next)                                                                             \
    X(sd_journal_open)                                                                             \
    X(sd_journal_open_directory)                                                                   \
    X(sd_journal_open_files_fd)                                                                    \
    X(sd_journal_previous)                                                                         \
    X(sd_journal_previous_skip)                                                                    \
    X(sd_journal_process)                                                                          \
    X(sd_journal_seek_cursor)                                                                      \
    X(sd_journal_seek_head)                                                                        \
    X(sd_journal_seek_realtime_usec)                                                               \
    X(sd_journal_seek_tail)                                                                        \
    X(sd_journal_set_data_threshold)                                                               \
    X(sd_journal_test_cursor)

struct libsystemd {
    FUNCTIONS(LIBRARY_POINTER)
};

struct journal {
    struct libsystemd lib;
    sd_journal *handle; /* NULL: not opened */
    struct wall until;
};

/* The journal opens also for those who may read none of its files. */
static int see_files(const struct journal *j)
{
    int runtime = j->lib.sd_journal_has_runtime_files(j->handle);
    int persistent = j->lib.sd_journal_has_persistent_files(j->handle);

    if (runtime > 0 || persistent > 0)
        return 0;
    return runtime < 0 ? runtime : -EACCES;
}

static int open_where(struct journal *j, const char *folder, int fd)
{
    static const char *const names[] = { FUNCTIONS(LIBRARY_NAME) };
    int failed;

    if (library_load(LIBRARY_SYSTEMD, names, COUNT(names), &j->lib) != NULL)
        return -ELIBACC;
    if (folder != NULL)
        failed = j->lib.sd_journal_open_directory(&j->handle, folder, 0);
    else if (fd == JOURNAL_LOCAL)
        failed = j->lib.sd_journal_open(&j->handle, SD_JOURNAL_LOCAL_ONLY);
    else
        failed = j->lib.sd_journal_open_files_fd(&j->handle, &fd, 1, 0);
    if (failed >= 0 && folder == NULL && fd == JOURNAL_LOCAL)
        failed = see_files(j);
    if (failed >= 0)
        failed = j->lib.sd_journal_set_data_threshold(j->handle, JOURNAL_MESSAGE_MAX);
    return failed;
}

static int seek(const struct journal *j, struct wall since)
{
    if (since.ms <= 0)
        return j->lib.sd_journal_seek_head(j->handle);
    return j->lib.sd_journal_seek_realtime_usec(j->handle, (uint64_t)since.ms * 1000);
}

int journal_open(struct journal **out, int fd, struct wall since, struct wall until)
{
    struct journal *j = memory_new(1, sizeof *j);
    int failed = open_where(j, NULL, fd);

    if (failed >= 0)
        failed = seek(j, since);
    if (failed < 0) {
        journal_free(j);
        return failed;
    }
    j->until = until;
    *out = j;
    return 0;
}

/* To the entry of the cursor, or where it is gone, in front of the first after it. */
static int seek_cursor(const struct journal *j, const char *cursor)
{
    int got = j->lib.sd_journal_seek_cursor(j->handle, cursor);

    if (got >= 0)
        got = j->lib.sd_journal_next(j->handle);
    if (got > 0 && j->lib.sd_journal_test_cursor(j->handle, cursor) <= 0) {
        got = j->lib.sd_journal_previous(j->handle);
        if (got == 0)
            got = j->lib.sd_journal_seek_head(j->handle);
    }
    return got;
}

static int seek_end(const struct journal *j)
{
    int got = j->lib.sd_journal_seek_tail(j->handle);

    if (got >= 0)
        got = j->lib.sd_journal_previous(j->handle);
    return got == 0 ? j->lib.sd_journal_seek_head(j->handle) : got;
}

static int seek_back(const struct journal *j, uint64_t back)
{
    int got = j->lib.sd_journal_previous_skip(j->handle, back);

    return got >= 0 && (uint64_t)got < back ? j->lib.sd_journal_seek_head(j->handle) : got;
}

int journal_follow(struct journal **out, const char *folder, const char *cursor, uint64_t back,
                   char **last)
{
    struct journal *j = memory_new(1, sizeof *j);
    int failed = open_where(j, folder, JOURNAL_LOCAL);
    char *found = NULL;

    if (failed >= 0)
        failed = j->lib.sd_journal_get_fd(j->handle); /* from now on it sees what is added */
    if (failed >= 0)
        failed = cursor != NULL && cursor[0] != '\0' ? seek_cursor(j, cursor) : seek_end(j);
    if (failed >= 0)
        found = journal_cursor(j);
    if (found != NULL && back > 0)
        failed = seek_back(j, back);
    if (failed < 0) {
        free(found);
        journal_free(j);
        return failed;
    }
    j->until = (struct wall){ INT64_MAX };
    *out = j;
    *last = found;
    return 0;
}

int journal_fd(struct journal *j)
{
    return j->lib.sd_journal_get_fd(j->handle);
}

bool journal_changed(struct journal *j)
{
    return j->lib.sd_journal_process(j->handle) != SD_JOURNAL_NOP;
}

bool journal_at(struct journal *j, const char *cursor)
{
    return j->lib.sd_journal_test_cursor(j->handle, cursor) > 0;
}

char *journal_cursor(struct journal *j)
{
    char *cursor = NULL;

    return j->lib.sd_journal_get_cursor(j->handle, &cursor) >= 0 ? cursor : NULL;
}

static void take_field(struct journal *j, const char *name, struct journal_entry *e)
{
    const void *data;
    size_t n;

    if (j->lib.sd_journal_get_data(j->handle, name, &data, &n) >= 0) {
        struct slice value = { data, n }, head;

        if (slice_cut(&value, '=', &head))
            journal_entry_set(e, head, value);
    }
}

int journal_next(struct journal *j, struct journal_entry *e)
{
    static const char *const fields[] = { "MESSAGE", "SYSLOG_IDENTIFIER", "SYSLOG_PID", "_PID",
                                          "_HOSTNAME" };
    int got = j->lib.sd_journal_next(j->handle);
    uint64_t us;

    if (got <= 0)
        return got;
    journal_entry_clear(e);
    if (j->lib.sd_journal_get_realtime_usec(j->handle, &us) >= 0)
        e->at.ms = (int64_t)(us / 1000);
    if (e->at.ms - HOUR_MS > j->until.ms)
        return 0;
    for (size_t i = 0; i < COUNT(fields); i++)
        take_field(j, fields[i], e);
    if (!e->named)
        take_field(j, "_COMM", e);
    return 1;
}

void journal_free(struct journal *j)
{
    if (j == NULL)
        return;
    if (j->handle != NULL)
        j->lib.sd_journal_close(j->handle);
    free(j);
}
