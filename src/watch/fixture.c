#include "watch/fixture.h"

#include <archive.h>
#include <archive_entry.h>
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/ban.h"

#define REMOTE "/lib/systemd/systemd-journal-remote"

struct fixture fixture_make(void)
{
    struct fixture f = { .folder = "/tmp/mailfuse-test-XXXXXX" };

    if (mkdtemp(f.folder) == NULL)
        abort();
    return f;
}

void fixture_done(struct fixture *f)
{
    DIR *dir = opendir(f->folder);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir != NULL)
        closedir(dir);
    rmdir(f->folder);
    arena_done(&f->names);
}

const char *fixture_path(struct fixture *f, const char *name)
{
    char path[300];

    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    return arena_copy(&f->names, slice_of(path)).p;
}

/* Choose the filter that the name asks for. */
static void set_filter(struct archive *a, struct slice name)
{
    int set = ARCHIVE_OK;

    if (slice_ends(name, SLICE(".gz")))
        set = archive_write_add_filter_gzip(a);
    else if (slice_ends(name, SLICE(".xz")))
        set = archive_write_add_filter_xz(a);
    else if (slice_ends(name, SLICE(".zst")))
        set = archive_write_add_filter_zstd(a);
    else if (slice_ends(name, SLICE(".bz2")))
        set = archive_write_add_filter_bzip2(a);
    else
        archive_write_add_filter_none(a);
    assert(set == ARCHIVE_OK);
}

static void set_date(const char *path, const char *date)
{
    struct slice rest = slice_of(date), year, month;
    uint64_t y, m, d;
    struct timespec times[2] = { { 0 } };

    if (!slice_cut(&rest, '-', &year) || !slice_cut(&rest, '-', &month) ||
        !slice_to_u64(year, &y) || !slice_to_u64(month, &m) || !slice_to_u64(rest, &d))
        abort();
    times[0].tv_sec = times[1].tv_sec = civil_days((int)y, (int)m, (int)d) * 86400 + 43200;
    utimensat(AT_FDCWD, path, times, 0);
}

const char *fixture_file(struct fixture *f, const char *name, struct slice content,
                         const char *date)
{
    const char *path = fixture_path(f, name);
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();

    archive_write_set_format_raw(a);
    set_filter(a, slice_of(name));
    archive_write_set_bytes_in_last_block(a, 1);
    archive_entry_set_filetype(entry, AE_IFREG);
    if (archive_write_open_filename(a, path) != ARCHIVE_OK ||
        archive_write_header(a, entry) != ARCHIVE_OK ||
        archive_write_data(a, content.p, content.n) != (la_ssize_t)content.n ||
        archive_write_close(a) != ARCHIVE_OK)
        abort();
    archive_entry_free(entry);
    archive_write_free(a);
    if (date != NULL)
        set_date(path, date);
    return path;
}

/* Runs in silence; true when it went well. */
static bool journal_remote(const char *path, const char *from)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

        dup2(nowhere, STDERR_FILENO);
        execl(REMOTE, REMOTE, "-o", path, from, (char *)NULL);
        _exit(1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

bool fixture_journal(struct fixture *f, const char *name, unsigned from, unsigned n)
{
    CLEANUP(buf_done) struct buf text = buf_make(1 << 20);

    if (access(REMOTE, X_OK) != 0) {
        fprintf(stderr, "SKIPPED: no %s\n", REMOTE);
        return false;
    }
    for (unsigned i = from; i < from + n; i++)
        buf_printf(&text,
                   "__CURSOR=x\n__REALTIME_TIMESTAMP=%u000000\n"
                   "__MONOTONIC_TIMESTAMP=%u000000\n"
                   "_BOOT_ID=0123456789abcdef0123456789abcdef\n"
                   "_HOSTNAME=mail\nSYSLOG_IDENTIFIER=postfix/smtpd\nSYSLOG_PID=4711\n"
                   "MESSAGE=message %u\n\n",
                   FIXTURE_JOURNAL_FIRST + i, i + 1, i);
    if (!journal_remote(fixture_path(f, name), fixture_file(f, "export", buf_slice(&text), NULL)))
        abort();
    return true;
}

void reading_rest(struct reading *r, struct logs *logs)
{
    struct logline line;
    struct slice raw;
    enum logline_got kind;
    enum logs_got got;
    const char *warning;
    uint64_t more;

    while ((got = logs_next(logs, &line, &raw, &kind)) != LOGS_END) {
        char at[WALL_TEXT_MAX];

        if (got == LOGS_LINE)
            buf_printf(&r->text, "%s %.*s\n", wall_rfc3339(line.at, 0, true, at),
                       SLICE_ARG(line.text));
        else
            buf_printf(&r->text, "? %.*s\n", SLICE_ARG(raw));
    }
    for (size_t i = 0; (warning = logs_warning(logs, i, &more)) != NULL; i++)
        buf_printf(&r->warnings, "%s\n", warning);
    r->stats = *logs_stats(logs);
}

struct reading reading_of(const struct logs_options *options)
{
    struct reading r = { .text = buf_make(1 << 20), .warnings = buf_make(1 << 16) };
    struct logs *logs = logs_open(options, r.error, sizeof r.error);

    if (logs != NULL)
        reading_rest(&r, logs);
    logs_free(logs);
    return r;
}

void reading_done(struct reading *r)
{
    buf_done(&r->text);
    buf_done(&r->warnings);
}
