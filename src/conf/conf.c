#include "conf/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "conf/build.h"

#include "base/ban.h"

enum { READ_BLOCK = 64 * 1024 };

struct conf *conf_defaults(void)
{
    struct conf *conf = memory_new(1, sizeof *conf);

    conf->path = "";
    conf->sensitivity = 1;
    conf->index = index_new();
    return conf;
}

void conf_free(struct conf *conf)
{
    if (conf == NULL)
        return;
    index_free(conf->index);
    arena_done(&conf->arena);
    free(conf);
}

/* Fill settings that are all defaults. What is wrong goes to `errors`. */
static void parse(struct conf *conf, const char *path, struct slice text,
                  struct conf_errors *errors)
{
    struct conf_tree tree;

    conf->path = arena_copy(&conf->arena, slice_of(path)).p;
    conf->index->whole = conf_tree_read(&tree, path, text, errors);
    if (conf->index->whole)
        conf_build(conf, &tree, errors);
    conf_tree_done(&tree);
}

static struct conf *give_up(struct conf *conf)
{
    conf_free(conf);
    return NULL;
}

/* The settings, or NULL when there are more errors than before. */
static struct conf *if_sound(struct conf *conf, const struct conf_errors *errors, uint32_t before)
{
    if (errors->n + errors->more == before)
        return conf;
    return give_up(conf);
}

struct conf *conf_parse(const char *path, struct slice text, struct conf_errors *errors)
{
    uint32_t before = errors->n + errors->more;
    struct conf *conf = conf_defaults();

    parse(conf, path, text, errors);
    return if_sound(conf, errors, before);
}

/* All of the file, up to one byte more than settings may have. 0, or -errno. */
static int read_file(const char *path, struct buf *out)
{
    static const size_t most = (size_t)CONF_TEXT_MAX + 1;
    char *block = memory_new(READ_BLOCK, 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;
    ssize_t n = fd < 0 ? -1 : 1;

    while (n > 0 && out->n < most) {
        n = read(fd, block, READ_BLOCK);
        if (n > 0)
            buf_add(out, slice_head((struct slice){ block, (size_t)n }, most - out->n));
    }
    if (n < 0)
        error = -errno;
    if (fd >= 0)
        (void)close(fd);
    free(block);
    return error;
}

bool conf_read_exceptions(struct conf *conf, struct conf_errors *errors)
{
    CLEANUP(buf_done) struct buf text = buf_make((size_t)CONF_TEXT_MAX + 1);
    const char *path = conf->exceptions_path.text.p;
    int error;

    if (conf->exceptions_path.text.n == 0)
        return true;
    error = read_file(path, &text);
    if (error != 0) {
        conf_complain(errors, conf->path, conf->exceptions_path.line, "exceptions",
                      "%s: %s; make that file, even an empty one, or leave the key out", path,
                      strerror(-error));
        return false;
    }
    if (text.n > CONF_TEXT_MAX) {
        conf_complain(errors, path, 0, "", "larger than %d MB; these are no exceptions",
                      CONF_TEXT_MAX >> 20);
        return false;
    }
    return conf_parse_exceptions(conf, path, buf_slice(&text), errors);
}

struct conf *conf_read(const char *path, struct conf_errors *errors)
{
    CLEANUP(buf_done) struct buf text = buf_make((size_t)CONF_TEXT_MAX + 1);
    const char *name = path != NULL ? path : CONF_PATH;
    int error = read_file(name, &text);
    uint32_t before = errors->n + errors->more;
    struct conf *conf;

    if (error == -ENOENT && path == NULL)
        return conf_defaults();
    if (error != 0) {
        conf_complain(errors, name, 0, "", "%s; write the path of a file that mailfuse may read",
                      strerror(-error));
        return NULL;
    }
    conf = conf_defaults();
    parse(conf, name, buf_slice(&text), errors);
    /* Also when the settings have errors: all of them are told at once. */
    return conf_read_exceptions(conf, errors) ? if_sound(conf, errors, before) : give_up(conf);
}
