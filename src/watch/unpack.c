#include "watch/unpack.h"

#include <archive.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/library.h"
#include "base/memory.h"

#include "base/ban.h"

#define FUNCTIONS(X)                                                                               \
    X(archive_error_string)                                                                        \
    X(archive_read_data)                                                                           \
    X(archive_read_free)                                                                           \
    X(archive_read_new)                                                                            \
    X(archive_read_next_header)                                                                    \
    X(archive_read_open)                                                                           \
    X(archive_read_support_filter_bzip2)                                                           \
    X(archive_read_support_filter_gzip)                                                            \
    X(archive_read_support_filter_xz)                                                              \
    X(archive_read_support_filter_zstd)                                                            \
    X(archive_read_support_format_empty)                                                           \
    X(archive_read_support_format_raw)                                                             \
    X(archive_set_error)

struct libarchive {
    FUNCTIONS(LIBRARY_POINTER)
};

enum state { UNPACK_CLOSED, UNPACK_OPEN, UNPACK_EMPTY, UNPACK_BAD };

struct unpack {
    struct libarchive lib;
    struct archive *archive; /* NULL until the first read */
    unpack_source *source;
    void *ctx;
    enum state state;
    char why[140];
    char packed[UNPACK_ROOM];
};

struct unpack *unpack_new(unpack_source *source, void *ctx)
{
    struct unpack *u = memory_new(1, sizeof *u);

    u->source = source;
    u->ctx = ctx;
    return u;
}

static la_ssize_t archive_wants(struct archive *archive, void *context, const void **out)
{
    struct unpack *u = context;
    ssize_t n = u->source(u->ctx, u->packed);

    if (n < 0)
        u->lib.archive_set_error(archive, errno, "%s", strerror(errno));
    *out = u->packed;
    return n;
}

static enum state fail(struct unpack *u, const char *what, const char *why)
{
    snprintf(u->why, sizeof u->why, "%s%s%s", what, why != NULL ? ": " : "",
             why != NULL ? why : "");
    return UNPACK_BAD;
}

static const char *load(struct unpack *u)
{
    static const char *const names[] = { FUNCTIONS(LIBRARY_NAME) };

    return library_load(LIBRARY_ARCHIVE, names, COUNT(names), &u->lib);
}

/* Open the archive and go to its only entry. */
static enum state start(struct unpack *u)
{
    const struct libarchive *lib = &u->lib;
    const char *missing = load(u);
    struct archive_entry *entry;
    int got;

    if (missing != NULL)
        return fail(u, "cannot be unpacked", missing);
    u->archive = lib->archive_read_new();
    if (u->archive == NULL)
        return fail(u, "cannot be unpacked", strerror(ENOMEM));
    lib->archive_read_support_filter_gzip(u->archive);
    lib->archive_read_support_filter_xz(u->archive);
    lib->archive_read_support_filter_zstd(u->archive);
    lib->archive_read_support_filter_bzip2(u->archive);
    lib->archive_read_support_format_raw(u->archive);
    lib->archive_read_support_format_empty(u->archive);
    got = lib->archive_read_open(u->archive, u, NULL, archive_wants, NULL);
    if (got == ARCHIVE_OK)
        got = lib->archive_read_next_header(u->archive, &entry);
    if (got == ARCHIVE_OK || got == ARCHIVE_WARN)
        return UNPACK_OPEN;
    if (got == ARCHIVE_EOF)
        return UNPACK_EMPTY;
    return fail(u, "is damaged", lib->archive_error_string(u->archive));
}

ssize_t unpack_read(struct unpack *u, char *to, size_t room)
{
    la_ssize_t n;

    if (u->state == UNPACK_CLOSED)
        u->state = start(u);
    if (u->state != UNPACK_OPEN)
        return u->state == UNPACK_EMPTY ? 0 : -1;
    n = u->lib.archive_read_data(u->archive, to, room);
    if (n >= 0)
        return n;
    u->state = fail(u, "is damaged or cut short", u->lib.archive_error_string(u->archive));
    return -1;
}

const char *unpack_why(const struct unpack *u)
{
    return u->why;
}

void unpack_free(struct unpack *u)
{
    if (u == NULL)
        return;
    if (u->archive != NULL)
        u->lib.archive_read_free(u->archive);
    free(u);
}
