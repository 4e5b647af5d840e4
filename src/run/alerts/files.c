#include "run/alerts/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"

#include "base/ban.h"

enum { PATH_ROOM = 4096 };

/* The text of a file; false after a complaint. `out` is to be freed either way. */
static bool read_text(const char *path, size_t most, struct buf *out, struct conf_errors *errors)
{
    int error = file_read(path, most, out);

    if (error != 0)
        conf_complain(errors, path, 0, "", "%s; let the user of mailfuse read it",
                      strerror(-error));
    else if (out->n > most)
        conf_complain(errors, path, 0, "", "is larger than %zu bytes; this is not the file meant",
                      most);
    return error == 0 && out->n <= most;
}

/* "de.txt" */
static int is_language_file(const struct dirent *e)
{
    return strlen(e->d_name) == 6 && strcmp(e->d_name + 2, ".txt") == 0;
}

static bool read_folder(struct templates *t, const char *folder, struct conf_errors *errors)
{
    struct dirent **names = NULL;
    int n = scandir(folder, &names, is_language_file, alphasort);
    bool good = n >= 0;

    if (n < 0)
        conf_complain(errors, folder, 0, "",
                      "%s; make that folder of templates, or leave the key out", strerror(errno));
    for (int i = 0; i < n; i++) {
        CLEANUP(buf_done) struct buf text = { 0 };
        char path[PATH_ROOM];

        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        if (!read_text(path, TEMPLATE_FILE_MAX, &text, errors) ||
            !templates_add(t, path, (struct slice){ names[i]->d_name, 2 }, buf_slice(&text),
                           errors))
            good = false;
        free(names[i]);
    }
    free(names);
    return good;
}

static bool has_language(const struct templates *t, const struct conf *conf, uint32_t line,
                         const char *language, struct conf_errors *errors)
{
    if (templates_has(t, slice_of(language)))
        return true;
    conf_complain(errors, conf->path, line, "language",
                  "there are no texts in \"%s\"; make %s.txt in the folder that templates names",
                  language, language);
    return false;
}

static bool has_languages(const struct templates *t, const struct conf *conf,
                          struct conf_errors *errors)
{
    const struct conf_alerts *a = &conf->daemon.alerts;
    bool good = has_language(t, conf, 0, a->language, errors);

    for (uint32_t i = 0; i < a->ways_n; i++)
        if (strcmp(a->ways[i].language, a->language) != 0 &&
            !has_language(t, conf, a->ways[i].line, a->ways[i].language, errors))
            good = false;
    for (uint32_t i = 0; i < a->languages_n; i++)
        if (!has_language(t, conf, 0, a->languages[i].language, errors))
            good = false;
    return good;
}

static bool read_owners(const char *path, struct owners **out, struct conf_errors *errors)
{
    CLEANUP(buf_done) struct buf text = { 0 };

    if (path[0] == '\0')
        return true;
    if (!read_text(path, OWNERS_FILE_MAX, &text, errors))
        return false;
    *out = owners_parse(path, buf_slice(&text), errors);
    return *out != NULL;
}

bool alerts_files_read(const struct conf *conf, struct alerts_files *out,
                       struct conf_errors *errors)
{
    const struct conf_alerts *a = &conf->daemon.alerts;
    bool good;

    *out = (struct alerts_files){ .templates = templates_new() };
    good = a->templates[0] == '\0' || read_folder(out->templates, a->templates, errors);
    good = has_languages(out->templates, conf, errors) && good;
    good = read_owners(a->owner_addresses, &out->owners, errors) && good;
    if (!good)
        alerts_files_done(out);
    return good;
}

void alerts_files_done(struct alerts_files *files)
{
    templates_free(files->templates);
    owners_free(files->owners);
    *files = (struct alerts_files){ 0 };
}
