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

static int seek(sd_journal *handle, struct wall since)
{
    if (since.ms <= 0)
        return sd_journal_seek_head(handle);
    return sd_journal_seek_realtime_usec(handle, (uint64_t)since.ms * 1000);
}

int journal_open(struct journal **out, int fd, struct wall since, struct wall until)
{
    sd_journal *handle = NULL;
    int failed = fd == JOURNAL_LOCAL ? sd_journal_open(&handle, SD_JOURNAL_LOCAL_ONLY)
                                     : sd_journal_open_files_fd(&handle, &fd, 1, 0);

    if (failed >= 0 && fd == JOURNAL_LOCAL)
        failed = see_files(handle);
    if (failed >= 0)
        failed = sd_journal_set_data_threshold(handle, JOURNAL_MESSAGE_MAX);
    if (failed >= 0)
        failed = seek(handle, since);
    if (failed < 0) {
        sd_journal_close(handle);
        return failed;
    }
    *out = memory_new(1, sizeof **out);
    (*out)->handle = handle;
    (*out)->until = until;
    return 0;
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
