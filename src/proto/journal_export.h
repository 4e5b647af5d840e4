/* journal_export.h - the Journal Export Format, which `journalctl -o export` writes: bytes to
 * fields. Source: systemd.io/JOURNAL_EXPORT_FORMATS. An entry is a row of fields that ends with an
 * empty line; a field is "NAME=text\n", or for any bytes "NAME\n", the length in 8 bytes, little
 * endian, the bytes, "\n". Copies nothing. Pure. */
#ifndef PROTO_JOURNAL_EXPORT_H
#define PROTO_JOURNAL_EXPORT_H

#include "base/attributes.h"
#include "base/slice.h"

enum {
    EXPORT_NAME_MAX = 64,         /* as journald has it */
    EXPORT_VALUE_MAX = 64 * 1024, /* bytes of a value that are given out */
    EXPORT_FIELD_MAX = EXPORT_NAME_MAX + 8 + EXPORT_VALUE_MAX + 2, /* bytes of `in` that suffice */
};

enum export_got {
    EXPORT_FIELD, /* `out` and `used` are set */
    EXPORT_END,   /* of the entry; `used` is set */
    EXPORT_MORE,  /* `in` ends within a field, and is shorter than EXPORT_FIELD_MAX */
    EXPORT_BAD,   /* no field begins here */
};

struct export_field {
    struct slice name, value; /* borrow from the input; the value at most EXPORT_VALUE_MAX long */
    uint64_t skip;            /* bytes after `used` that belong to the field */
    bool skip_line;           /* the rest of the line after `used` belongs to it */
};

/* Read what stands at the front of `in`. `out` and `used` (> 0) are written as said above only. */
NODISCARD enum export_got journal_export_read(struct slice in, struct export_field *out,
                                              size_t *used);

#endif
