#include "watch/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <systemd/sd-journal.h>

#include "base/memory.h"

#include "base/ban.h"

struct journal {
    sd_journal *handle;
    struct wall until;
};

/* The journal opens also for those who may read none of its files. */
static int see_files(sd_journal *handle)
{
    int runtime = sd_journal_has_runtime_files(handle);
    int persistent = sd_journal_has_persistent_files(handle);

    if (runtime > 0 || persistent > 0)
        return 0;
    return runtime < 0 ? runtime : -EACCES;
}

static int open_where(sd_journal **handle, const char *folder, int fd)
{
    int failed;

    if (folder != NULL)
        failed = sd_journal_open_directory(handle, folder, 0);
    else if (fd == JOURNAL_LOCAL)
        failed = sd_journal_open(handle, SD_JOURNAL_LOCAL_ONLY);
    else
        failed = sd_journal_open_files_fd(handle, &fd, 1, 0);
    if (failed >= 0 && folder == NULL && fd == JOURNAL_LOCAL)
        failed = see_files(*handle);
    if (failed >= 0)
        failed = sd_journal_set_data_threshold(*handle, JOURNAL_MESSAGE_MAX);
    return failed;
}

static struct journal *journal_of(sd_journal *handle, struct wall until)
{
    struct journal *j = memory_new(1, sizeof *j);

    j->handle = handle;
    j->until = until;
    return j;
}

static int seek(sd_journal *handle, struct wall since)
{
    if (since.ms <= 0)
        return sd_journal_seek_head(handle);
    return sd_journal_seek_realtime_usec(handle, (uint64_t)since.ms * 1000);
}

int journal_open(struct journal **out, int fd, struct wall since, struct wall until)
{
    sd_journal *handle = NULL;
    int failed = open_where(&handle, NULL, fd);

    if (failed >= 0)
        failed = seek(handle, since);
    if (failed < 0) {
        sd_journal_close(handle);
        return failed;
    }
    *out = journal_of(handle, until);
    return 0;
}

/* To the entry of the cursor, or where it is gone, in front of the first after it. */
static int seek_cursor(sd_journal *handle, const char *cursor)
{
    int got = sd_journal_seek_cursor(handle, cursor);

    if (got >= 0)
        got = sd_journal_next(handle);
    if (got > 0 && sd_journal_test_cursor(handle, cursor) <= 0) {
        got = sd_journal_previous(handle);
        if (got == 0)
            got = sd_journal_seek_head(handle);
    }
    return got;
}

static int seek_end(sd_journal *handle)
{
    int got = sd_journal_seek_tail(handle);

    if (got >= 0)
        got = sd_journal_previous(handle);
    return got == 0 ? sd_journal_seek_head(handle) : got;
}

static int seek_back(sd_journal *handle, uint64_t back)
{
    int got = sd_journal_previous_skip(handle, back);

    return got >= 0 && (uint64_t)got < back ? sd_journal_seek_head(handle) : got;
}

int journal_follow(struct journal **out, const char *folder, const char *cursor, uint64_t back,
                   char **last)
{
    sd_journal *handle = NULL;
    int failed = open_where(&handle, folder, JOURNAL_LOCAL);
    char *found = NULL;

    if (failed >= 0)
        failed = sd_journal_get_fd(handle); /* from now on it sees what is added */
    if (failed >= 0)
        failed =
            cursor != NULL && cursor[0] != '\0' ? seek_cursor(handle, cursor) : seek_end(handle);
    if (failed >= 0 && sd_journal_get_cursor(handle, &found) < 0)
        found = NULL;
    if (found != NULL && back > 0)
        failed = seek_back(handle, back);
    if (failed < 0) {
        free(found);
        sd_journal_close(handle);
        return failed;
    }
    *out = journal_of(handle, (struct wall){ INT64_MAX });
    *last = found;
    return 0;
}

int journal_fd(struct journal *j)
{
    return sd_journal_get_fd(j->handle);
}

bool journal_changed(struct journal *j)
{
    return sd_journal_process(j->handle) != SD_JOURNAL_NOP;
}

bool journal_at(struct journal *j, const char *cursor)
{
    return sd_journal_test_cursor(j->handle, cursor) > 0;
}

char *journal_cursor(struct journal *j)
{
    char *cursor = NULL;

    return sd_journal_get_cursor(j->handle, &cursor) >= 0 ? cursor : NULL;
}

static void take_field(struct journal *j, const char *name, struct journal_entry *e)
{
    const void *data;
    size_t n;

    if (sd_journal_get_data(j->handle, name, &data, &n) >= 0) {
        struct slice value = { data, n }, head;

        if (slice_cut(&value, '=', &head))
            journal_entry_set(e, head, value);
    }
}

int journal_next(struct journal *j, struct journal_entry *e)
{
    static const char *const fields[] = { "MESSAGE", "SYSLOG_IDENTIFIER", "SYSLOG_PID", "_PID",
                                          "_HOSTNAME" };
    int got = sd_journal_next(j->handle);
    uint64_t us;

    if (got <= 0)
        return got;
    journal_entry_clear(e);
    if (sd_journal_get_realtime_usec(j->handle, &us) >= 0)
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
    sd_journal_close(j->handle);
    free(j);
}
