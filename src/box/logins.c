#include "box/logins.h"

#include "box/private.h"

#include "base/ban.h"

uint16_t box_password_key(struct slice pwhash)
{
    uint64_t hash = pwhash.n > 0 ? hash_slice(pwhash, 7) : 0;

    return pwhash.n > 0 ? (uint16_t)(hash ^ hash >> 16 ^ hash >> 32) | 1 : 0;
}

static bool among(const uint16_t keys[BOX_PASSWORDS], uint16_t key)
{
    for (int k = 0; key != 0 && k < BOX_PASSWORDS; k++)
        if (keys[k] == key)
            return true;
    return false;
}

enum box_admission box_login_admit(struct box *b, const struct box_login *l, uint32_t *incident)
{
    uint32_t fuse = detect_find(b->detect, &l->subject);
    const struct box_incident *i;

    if (fuse == UINT32_MAX || !box_has(b, fuse, FLAG_LOCKED) || (i = box_open(b, fuse)) == NULL)
        return BOX_ADMITTED;
    *incident = i->number;
    if (i->state == BOX_LOCKED)
        return BOX_REFUSED_LOCKED;
    return l->password == 0 || among(i->passwords, l->password) ? BOX_REFUSED_STOLEN : BOX_ADMITTED;
}

/* The last one first. */
static void remember(uint16_t keys[BOX_PASSWORDS], uint16_t key)
{
    int at = 0;

    while (at < BOX_PASSWORDS - 1 && keys[at] != key && keys[at] != 0)
        at++;
    for (; at > 0; at--)
        keys[at] = keys[at - 1];
    keys[0] = key;
}

void box_login_succeeded(struct box *b, const struct box_login *l)
{
    uint32_t fuse = detect_find(b->detect, &l->subject);
    struct box_incident *i;

    if (fuse == UINT32_MAX || l->password == 0)
        return;
    box_know(b, fuse);
    i = box_has(b, fuse, FLAG_LOCKED) ? box_open(b, fuse) : NULL;
    if (i != NULL && i->state == BOX_WAITING && !among(i->passwords, l->password)) {
        incident_close(b, i, l->at);
        box_note(b, l->at, i->number, BY_MAILFUSE, i->subject.name, "unlock",
                 SLICE("it logged in with another password"));
    }
    if ((i == NULL || i->state == BOX_CLOSED) && b->passwords[fuse][0] != l->password) {
        detect_changes(b->detect, fuse);
        remember(b->passwords[fuse], l->password);
    }
}

/* The last incident in which this password was stolen, or NULL. One that it logged in with last was
 * not given up: an administrator ended the lock all the same. */
static struct box_incident *stolen_in(const struct box *b, uint32_t fuse, uint16_t key)
{
    bool in_use = fuse < b->flags_room && b->passwords[fuse][0] == key;

    for (struct box_incident *i = incident_last(b, fuse); i != NULL; i = i->own.former)
        if (among(i->passwords, key) && !(in_use && incident_ended(i)))
            return i;
    return NULL;
}

void box_login_failed(struct box *b, const struct box_login *l)
{
    uint32_t fuse = detect_find(b->detect, &l->subject);
    char text[IP_TEXT_MAX];
    struct box_incident *i;

    if (fuse == UINT32_MAX || !box_has(b, fuse, FLAG_STOLEN))
        return;
    i = stolen_in(b, fuse, l->password);
    if (i == NULL || (l->at.ms - i->stolen_tried.ms < HOUR_MS && l->at.ms >= i->stolen_tried.ms))
        return;
    i->stolen_tried = l->at;
    box_note(b, l->at, i->number, BY_MAILFUSE, i->subject.name, "old-password",
             slice_of(ip_text(&l->ip, text)));
    incident_keep(b, i);
}

void box_passwords(const struct box *b, uint32_t fuse, uint16_t out[BOX_PASSWORDS])
{
    memset(out, 0, BOX_PASSWORDS * sizeof *out);
    if (fuse < b->flags_room)
        memcpy(out, b->passwords[fuse], BOX_PASSWORDS * sizeof *out);
}

void box_load_passwords(struct box *b, uint32_t fuse, const uint16_t in[BOX_PASSWORDS])
{
    box_know(b, fuse);
    memcpy(b->passwords[fuse], in, BOX_PASSWORDS * sizeof *in);
}
