#include "setup/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "setup/whole_file.h"

#include "base/ban.h"

#define PREFIX "setup-backup-"

/* It is a folder of ours into which nobody else sees. */
static bool is_ours(const struct stat *st)
{
    return S_ISDIR(st->st_mode) && st->st_uid == geteuid() && (st->st_mode & 0077) == 0;
}

/* 0, or -errno; -EPERM when it is not ours. */
static int open_folder(struct backup *b)
{
    struct stat st;

    b->folder = open(b->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (b->folder < 0)
        return -errno;
    if (fstat(b->folder, &st) == 0 && is_ours(&st))
        return 0;
    backup_close(b);
    return -EPERM;
}

void backup_close(struct backup *b)
{
    if (b->folder >= 0)
        (void)close(b->folder);
    b->folder = -1;
}

/* The copy of a file. */
static void copy_path(const struct backup *b, uint32_t file, const char *suffix,
                      char out[BACKUP_PATH_MAX + 512])
{
    struct slice folder = slice_of(b->files[file]), name = folder;

    (void)slice_cut_last(&folder, '/', &name);
    snprintf(out, BACKUP_PATH_MAX + 512, "/proc/self/fd/%d/%.*s%s", b->folder,
             SLICE_ARG(slice_head(name, 255)), suffix);
}

static int copy_files(const struct backup *b, const char *suffix)
{
    int error = 0;

    for (uint32_t i = 0; i < b->files_n && error == 0; i++) {
        CLEANUP(buf_done) struct buf text = { 0 };
        char to[BACKUP_PATH_MAX + 512];

        copy_path(b, i, suffix, to);
        error = whole_file_read(b->files[i], &text);
        if (error == 0)
            error = whole_file_write(to, buf_slice(&text), 0600);
    }
    return error;
}

static int look_at_owners(struct backup *b)
{
    for (uint32_t i = 0; i < b->files_n; i++) {
        struct stat st;

        if (stat(b->files[i], &st) < 0)
            return -errno;
        b->owners[i] = (struct backup_owner){ st.st_uid, st.st_gid, st.st_mode & 07777 };
    }
    return 0;
}

int backup_owners(const struct backup *b)
{
    int error = 0;

    for (uint32_t i = 0; i < b->files_n; i++) {
        const struct backup_owner *o = &b->owners[i];

        if (chown(b->files[i], o->uid, o->gid) < 0 || chmod(b->files[i], o->mode) < 0)
            error = -errno;
    }
    return error;
}

static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

static json_t *describe(const struct backup *b, const struct plan *plan)
{
    json_t *files = json_array(), *steps = json_array();

    for (uint32_t i = 0; i < b->files_n; i++)
        json_array_append_new(files, json_pack("{s:s, s:i, s:i, s:i}", "path", b->files[i], "uid",
                                               (int)b->owners[i].uid, "gid", (int)b->owners[i].gid,
                                               "mode", (int)b->owners[i].mode));
    for (uint32_t i = 0; i < plan->steps_n; i++) {
        const struct step *s = &plan->steps[i];

        json_array_append_new(steps,
                              json_pack("{s:i, s:s, s:o, s:o, s:i}", "kind", (int)s->kind, "name",
                                        s->name, "before", text_or_null(s->before), "after",
                                        text_or_null(s->after), "mode", (int)s->mode));
    }
    return json_pack("{s:o, s:o}", "files", files, "steps", steps);
}

static int write_steps(const struct backup *b, const struct plan *plan)
{
    char path[BACKUP_PATH_MAX + 512];
    json_t *all = describe(b, plan);
    char *text = json_dumps(all, JSON_INDENT(1));
    int error = -EINVAL; /* a text that is no UTF-8 cannot be kept */

    snprintf(path, sizeof path, "/proc/self/fd/%d/steps.json", b->folder);
    if (text != NULL)
        error = whole_file_write(path, slice_of(text), 0600);
    free(text);
    json_decref(all);
    return error;
}

int backup_make(struct backup *b, const char *state_directory, const char *server, struct wall now,
                const struct plan *plan)
{
    struct civil c = wall_to_civil(now, 0);
    int n = snprintf(b->path, sizeof b->path, "%s/" PREFIX "%04d%02d%02dT%02d%02d%02d.%03dZ-%s",
                     state_directory, c.year, c.month, c.day, c.hour, c.minute, c.second, c.milli,
                     server);
    int error;

    b->folder = -1;
    if (n < 0 || (size_t)n >= sizeof b->path)
        return -ENAMETOOLONG;
    if (mkdir(b->path, 0700) < 0)
        return -errno;
    error = open_folder(b);
    if (error == 0)
        error = look_at_owners(b);
    if (error == 0)
        error = copy_files(b, "");
    return error != 0 ? error : write_steps(b, plan);
}

int backup_applied(const struct backup *b)
{
    return copy_files(b, ".applied");
}

/* The last name in the folder that begins and ends as wanted. 0, or -errno. */
static int latest(const char *state_directory, const char *server, char *out, size_t room)
{
    DIR *folder = opendir(state_directory);
    const struct dirent *entry;
    char last[256] = "";

    if (folder == NULL)
        return -errno;
    while ((entry = readdir(folder)) != NULL) {
        struct slice name = slice_of(entry->d_name), rest = name, tail;
        struct stat st;

        if (slice_starts(name, SLICE(PREFIX)) && slice_cut_last(&rest, '-', &tail) &&
            slice_eq(tail, slice_of(server)) && strcmp(entry->d_name, last) > 0 &&
            fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_ours(&st))
            snprintf(last, sizeof last, "%s", entry->d_name);
    }
    (void)closedir(folder);
    if (last[0] == '\0')
        return -ENOENT;
    return (size_t)snprintf(out, room, "%s/%s", state_directory, last) < room ? 0 : -ENAMETOOLONG;
}

/* A step as it was kept; false when it is none. */
static bool take_step(const json_t *from, struct plan *plan)
{
    const char *name = json_string_value(json_object_get(from, "name"));
    json_int_t kind = json_integer_value(json_object_get(from, "kind"));

    if (name == NULL || kind < 0 || kind >= STEP_KINDS)
        return false;
    plan_step(plan,
              &(struct step){ .kind = (enum step_kind)kind,
                              .name = name,
                              .before = json_string_value(json_object_get(from, "before")),
                              .after = json_string_value(json_object_get(from, "after")),
                              .mode = (unsigned)json_integer_value(json_object_get(from, "mode")) &
                                      07777U });
    return true;
}

static bool take_steps(struct backup *b, const json_t *all, struct plan *plan)
{
    const json_t *files = json_object_get(all, "files"), *steps = json_object_get(all, "steps");

    for (size_t i = 0; i < json_array_size(files) && i < BACKUP_FILES_MAX; i++) {
        const json_t *one = json_array_get(files, i);
        const char *file = json_string_value(json_object_get(one, "path"));

        if (file == NULL || !json_is_integer(json_object_get(one, "mode")))
            return false;
        b->owners[b->files_n] =
            (struct backup_owner){ (unsigned)json_integer_value(json_object_get(one, "uid")),
                                   (unsigned)json_integer_value(json_object_get(one, "gid")),
                                   (unsigned)json_integer_value(json_object_get(one, "mode")) };
        b->files[b->files_n++] = plan_copy(plan, slice_of(file));
    }
    for (size_t i = 0; i < json_array_size(steps); i++)
        if (!take_step(json_array_get(steps, i), plan))
            return false;
    return plan->steps_n > 0 && plan->refusal == NULL;
}

int backup_find(struct backup *b, const char *state_directory, const char *server,
                struct plan *plan)
{
    CLEANUP(buf_done) struct buf text = { 0 };
    char path[BACKUP_PATH_MAX + 512];
    int error = latest(state_directory, server, b->path, sizeof b->path);
    json_t *all;
    bool sound;

    b->files_n = 0;
    b->folder = -1;
    if (error == 0)
        error = open_folder(b);
    if (error != 0)
        return error;
    snprintf(path, sizeof path, "/proc/self/fd/%d/steps.json", b->folder);
    error = whole_file_read(path, &text);
    if (error != 0)
        return error == -ENOENT ? -EBADMSG : error;
    all = json_loadb(text.p, text.n, 0, NULL);
    sound = all != NULL && take_steps(b, all, plan);
    json_decref(all);
    return sound ? 0 : -EBADMSG;
}

int backup_restore(const struct backup *b, uint32_t file, bool always)
{
    CLEANUP(buf_done) struct buf now = { 0 };
    CLEANUP(buf_done) struct buf left = { 0 };
    CLEANUP(buf_done) struct buf before = { 0 };
    char path[BACKUP_PATH_MAX + 512];
    int error;

    copy_path(b, file, "", path);
    error = whole_file_read(path, &before);
    if (error != 0)
        return error;
    copy_path(b, file, ".applied", path);
    if (!always &&
        (whole_file_read(path, &left) != 0 || whole_file_read(b->files[file], &now) != 0 ||
         !slice_eq(buf_slice(&now), buf_slice(&left))))
        return 0;
    error = whole_file_write(b->files[file], buf_slice(&before), 0644);
    return error != 0 ? error : 1;
}

int backup_undone(const struct backup *b)
{
    char name[BACKUP_PATH_MAX + 16];

    snprintf(name, sizeof name, "%s.undone", b->path);
    return rename(b->path, name) < 0 ? -errno : 0;
}
