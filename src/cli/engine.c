#include "cli/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "detect/state.h"

#include "base/ban.h"

enum { PATHS_MAX = 2 * GEO_FILES_MAX, NAME_ROOM = 4096 };

/* A file of the size of all bytes that there are is not read: one engine's state has a bound. */
static const size_t state_max = (size_t)8 << 30;

static int complain(const char *path, const char *what)
{
    fprintf(stderr, "mailfuse scan: %s: %s\n", path, what);
    return 2;
}

static int read_settings(struct engine *e, const struct scan_options *o)
{
    struct conf_errors errors = { 0 };
    int status = 0;

    e->conf = o->conf != NULL ? conf_read(o->conf, &errors) : conf_defaults();
    if (e->conf != NULL)
        e->ignored = judge_ignored(e->conf, &errors);
    for (uint32_t i = 0; i < errors.n; i++)
        fprintf(stderr, "mailfuse scan: %s\n", errors.all[i].text.p);
    if (errors.more > 0)
        fprintf(stderr, "mailfuse scan: and %u more errors\n", (unsigned)errors.more);
    if (errors.n > 0 || e->conf == NULL)
        status = 2;
    conf_errors_done(&errors);
    return status;
}

static int open_geo(struct engine *e, const struct scan_options *o)
{
    const char *paths[PATHS_MAX];
    char error[512];
    size_t n = 0;

    for (; n < o->geo_n; n++)
        paths[n] = o->geo[n];
    for (uint32_t i = 0; i < e->conf->geo.n && n < PATHS_MAX; i++)
        paths[n++] = e->conf->geo.all[i].text.p;
    if (n == 0 || (e->geo = geo_open(paths, n, error, sizeof error)) != NULL)
        return 0;
    fprintf(stderr, "mailfuse scan: %s\n", error);
    return 2;
}

static int read_state(struct engine *e, const char *path)
{
    FILE *f = fopen(path, "re");
    size_t room = 0, n = 0, got = 1;
    char *bytes = NULL;

    if (f == NULL)
        return complain(path, strerror(errno));
    while (got > 0 && n < state_max) {
        if (n == room) {
            room = room > 0 ? room * 2 : 1 << 20;
            bytes = memory_resize(bytes, room, 1);
        }
        got = fread(bytes + n, 1, room - n, f);
        n += got;
    }
    e->state = bytes;
    e->state_n = n;
    if (ferror(f) != 0) {
        fclose(f);
        return complain(path, strerror(errno));
    }
    fclose(f);
    return 0;
}

int engine_open(struct engine *e, const struct scan_options *o)
{
    int status = read_settings(e, o);

    if (status == 0)
        status = open_geo(e, o);
    if (status == 0)
        judge_change(&e->judge, e->conf, e->geo);
    if (status == 0 && o->state != NULL)
        status = read_state(e, o->state);
    return status;
}

void engine_close(struct engine *e)
{
    conf_free(e->conf);
    geo_free(e->geo);
    free(e->state);
}

struct rehearsal *engine_start(struct engine *e, const struct scan_options *o,
                               struct detect_options options, double sensitivity)
{
    struct rehearsal *r;
    const char *wrong;

    options.sensitivity = sensitivity > 0 ? sensitivity : e->conf->sensitivity;
    options.ignored = e->ignored;
    options.policy = o->conf != NULL ? judge_policy : NULL;
    options.policy_ctx = &e->judge;
    r = rehearsal_new(&options);
    if (o->state != NULL &&
        (wrong = state_load(rehearsal_detect(r), (struct slice){ e->state, e->state_n })) != NULL) {
        (void)complain(o->state, wrong);
        rehearsal_free(r);
        return NULL;
    }
    return r;
}

/* A state_write. */
static bool write_bytes(void *ctx, struct slice bytes)
{
    return fwrite(bytes.p, 1, bytes.n, ctx) == bytes.n;
}

int engine_learn(struct detect *d, const struct scan_options *o)
{
    char fresh[NAME_ROOM];
    int descriptor;
    FILE *f;
    bool ok;

    if (o->learn == NULL)
        return 0;
    if ((size_t)snprintf(fresh, sizeof fresh, "%s.new", o->learn) >= sizeof fresh)
        return complain(o->learn, strerror(ENAMETOOLONG));
    descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    f = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (f == NULL)
        return complain(fresh, strerror(errno));
    ok = state_save(d, write_bytes, f) && fflush(f) == 0 && fsync(fileno(f)) == 0;
    ok = fclose(f) == 0 && ok;
    if (ok && rename(fresh, o->learn) == 0)
        return 0;
    (void)complain(o->learn, strerror(errno));
    (void)unlink(fresh);
    return 2;
}
