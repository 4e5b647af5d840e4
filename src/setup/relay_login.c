#include "setup/relay_login.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "conf/value.h"
#include "setup/whole_file.h"

#include "base/ban.h"

void relay_login_done(struct relay_login *login)
{
    if (login->text.p != NULL)
        explicit_bzero(login->text.p, login->text.n);
    buf_done(&login->text);
}

/* "KEY VALUE" with that key; the value is USER:PASSWORD. */
static bool take(struct slice line, struct slice key, struct relay_login *out)
{
    struct slice value = slice_trim(line), user;
    size_t n = 0;

    if (value.n == 0 || value.p[0] == '#')
        return false;
    while (n < value.n && value.p[n] != ' ' && value.p[n] != '\t')
        n++;
    if (!slice_eq_nocase(slice_head(value, n), key))
        return false;
    value = slice_trim(slice_from(value, n));
    if (!slice_cut(&value, ':', &user))
        return false;
    out->user = user;
    out->password = value;
    return true;
}

static bool find(struct relay_login *out, struct slice key)
{
    struct slice rest = buf_slice(&out->text), line;

    while (slice_cut(&rest, '\n', &line))
        if (take(line, key, out))
            return true;
    return take(rest, key, out);
}

bool relay_login_read(struct relay_login *out, const char *path, const char *host, struct buf *why)
{
    int number = whole_file_read(path, &out->text);
    struct slice name = { NULL, 0 };
    struct stat st;
    uint16_t port;

    if (number != 0) {
        buf_printf(why, "%s: %s", path, strerror(-number));
        return false;
    }
    if (stat(path, &st) == 0 && (st.st_mode & 077) != 0) {
        buf_printf(why, "%s: others can read the password: chmod 600 %s", path, path);
        return false;
    }
    if ((conf_relay_host_parse(slice_of(host), &name, &port) && find(out, name)) ||
        find(out, slice_of(host)))
        return true;
    buf_printf(why, "%s: has no line for the relay; write %s USER:PASSWORD", path, host);
    return false;
}
