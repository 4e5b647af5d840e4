#include "conf/conf.h"

#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "conf/build.h"
#include "conf/lists.h"
#include "conf/providers.h"

#include "base/ban.h"

enum { SENDERS_MAX = 256 << 20, KEY_FILE_MAX = 4096 };

struct conf *conf_defaults(void)
{
    struct conf *conf = memory_new(1, sizeof *conf);

    conf->path = "";
    conf->sensitivity = 1;
    conf->daemon = conf_daemon_defaults();
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
    conf->fingerprint = hash_slice(text, 0);
    conf->index->whole = conf_tree_read(&tree, path, text, errors);
    if (conf->index->whole)
        conf_build(conf, &tree, errors);
    conf_tree_done(&tree);
}

uint32_t conf_line(const struct conf *conf, const char *key)
{
    for (size_t i = 0; i < conf->keys.n; i++)
        if (slice_eq(conf->keys.all[i].text, slice_of(key)))
            return conf->keys.all[i].line;
    return 0;
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

/* The text of a file that a key names. False after a complaint; `out` is to be freed either way. */
static bool read_named(const struct conf *conf, const char *key, uint32_t line, const char *path,
                       size_t most, struct buf *out, struct conf_errors *errors)
{
    int error = file_read(path, most, out);

    if (error != 0)
        conf_complain(errors, conf->path, line, key,
                      "%s: %s; make that file%s, or leave the key out", path, strerror(-error),
                      most == KEY_FILE_MAX ? "" : ", even an empty one");
    else if (out->n > most && most >= 1 << 20)
        conf_complain(errors, path, 0, "", "larger than %zu MB; this is no file for %s", most >> 20,
                      key);
    else if (out->n > most)
        conf_complain(errors, path, 0, "", "larger than %zu bytes; this is no file for %s", most,
                      key);
    return error == 0 && out->n <= most;
}

bool conf_read_exceptions(struct conf *conf, struct conf_errors *errors)
{
    CLEANUP(buf_done) struct buf text = { 0 };
    const struct conf_value *path = &conf->exceptions_path;

    return path->text.n == 0 ||
           (read_named(conf, "exceptions", path->line, path->text.p, CONF_TEXT_MAX, &text,
                       errors) &&
            conf_parse_exceptions(conf, path->text.p, buf_slice(&text), errors));
}

bool conf_read_senders(struct conf *conf, struct conf_errors *errors)
{
    CLEANUP(buf_done) struct buf text = { 0 };
    const struct conf_value *path = &conf->senders_path;

    return path->text.n == 0 || (read_named(conf, "sender-logins", path->line, path->text.p,
                                            SENDERS_MAX, &text, errors) &&
                                 conf_parse_senders(conf, path->text.p, buf_slice(&text), errors));
}

/* The first line of auth-policy-key-file. */
static bool read_key(struct conf *conf, struct conf_errors *errors)
{
    CLEANUP(buf_done) struct buf text = { 0 };
    struct conf_daemon *d = &conf->daemon;
    struct slice line, rest;
    const char *wrong;

    if (d->auth_policy_key_file[0] == '\0')
        return true;
    if (!read_named(conf, "auth-policy-key-file", d->auth_policy_key_line, d->auth_policy_key_file,
                    KEY_FILE_MAX, &text, errors))
        return false;
    rest = buf_slice(&text);
    if (!slice_cut(&rest, '\n', &line))
        line = rest;
    line = slice_trim(line);
    wrong = conf_key_wrong(line);
    if (wrong != NULL)
        conf_complain(errors, d->auth_policy_key_file, 1, "", "%s", wrong);
    else
        d->auth_policy_key = arena_copy(&conf->arena, line).p;
    return wrong == NULL;
}

/* Also when the settings have errors: all of them are told at once. */
/* They are read anew for each cycle; here it is only said whether they can be. */
static bool check_lists(const struct conf *conf, struct conf_errors *errors)
{
    CLEANUP(conf_lists_done) struct conf_lists lists = { 0 };

    return conf->daemon.dnsbl.every_ms == 0 ||
           conf_lists_load(&lists, conf->daemon.dnsbl.lists, errors);
}

static bool check_providers(const struct conf *conf, struct conf_errors *errors)
{
    CLEANUP(conf_providers_done) struct conf_providers table = { 0 };

    return conf_providers_load(&table, conf->daemon.providers.rules, errors);
}

static bool read_named_files(struct conf *conf, struct conf_errors *errors)
{
    bool exceptions = conf_read_exceptions(conf, errors);
    bool senders = conf_read_senders(conf, errors);
    bool lists = check_lists(conf, errors);
    bool providers = check_providers(conf, errors);

    return read_key(conf, errors) && lists && providers && exceptions && senders;
}

struct conf *conf_read(const char *path, struct conf_errors *errors)
{
    CLEANUP(buf_done) struct buf text = { 0 };
    const char *name = path != NULL ? path : CONF_PATH;
    int error = file_read(name, CONF_TEXT_MAX, &text);
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
    return read_named_files(conf, errors) ? if_sound(conf, errors, before) : give_up(conf);
}
