#include "watch/geo.h"

#include <errno.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

enum { TROUBLE_ROOM = 512 };

struct geo {
    MMDB_s *files;
    size_t n;
    char trouble[TROUBLE_ROOM]; /* empty without one */
};

/* Where the publishers put things; a path that a record has not is passed over. */
enum { PLACES = 4, PLACE_DEPTH = 3 };
struct places {
    const char *path[PLACES][PLACE_DEPTH];
};

static const struct places country_places = { { { "country", "iso_code" },
                                                { "registered_country", "iso_code" },
                                                { "country_code" },
                                                { "country" } } };
static const struct places asn_places = {
    { { "autonomous_system_number" }, { "traits", "autonomous_system_number" }, { "asn" } }
};
static const struct places organisation_places = { { { "autonomous_system_organization" },
                                                     { "traits", "autonomous_system_organization" },
                                                     { "as_name" } } };
static const struct places latitude_places = { { { "location", "latitude" }, { "latitude" } } };
static const struct places longitude_places = { { { "location", "longitude" }, { "longitude" } } };

static const char *reason(int status)
{
    bool of_system = status == MMDB_FILE_OPEN_ERROR || status == MMDB_IO_ERROR;

    return of_system && errno != 0 ? strerror(errno) : MMDB_strerror(status);
}

struct geo *geo_open(const char *const *paths, size_t paths_n, char *error, size_t error_room)
{
    struct geo *geo = memory_new(1, sizeof *geo);

    geo->files = memory_new(paths_n + 1, sizeof *geo->files);
    for (; geo->n < paths_n; geo->n++) {
        int status;

        errno = 0;
        status = MMDB_open(paths[geo->n], MMDB_MODE_MMAP, &geo->files[geo->n]);
        if (status != MMDB_SUCCESS) {
            snprintf(error, error_room, "%s: %s", paths[geo->n], reason(status));
            geo_free(geo);
            return NULL;
        }
    }
    return geo;
}

static void note(struct geo *geo, const MMDB_s *file, int status)
{
    if (geo->trouble[0] == '\0')
        snprintf(geo->trouble, sizeof geo->trouble, "%s: %s", file->filename,
                 MMDB_strerror(status));
}

/* The record of one file. */
static bool find_record(struct geo *geo, const MMDB_s *file, const struct ip *ip,
                        MMDB_lookup_result_s *out)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    const void *address = &v6;
    int status;

    memcpy(&v6.sin6_addr, ip->b, sizeof ip->b);
    if (ip_is_v4(ip)) {
        memcpy(&v4.sin_addr, ip->b + 12, 4);
        address = &v4;
    }
    *out = MMDB_lookup_sockaddr(file, address, &status);
    if (status == MMDB_SUCCESS)
        return out->found_entry;
    if (status != MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR)
        note(geo, file, status);
    return false;
}

/* The value in the `i`th of those places of a record. */
static bool value_at(struct geo *geo, MMDB_lookup_result_s *record, const struct places *places,
                     size_t i, MMDB_entry_data_s *out)
{
    int status = MMDB_aget_value(&record->entry, out, places->path[i]);

    if (status != MMDB_SUCCESS && status != MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR &&
        status != MMDB_INVALID_LOOKUP_PATH_ERROR)
        note(geo, record->entry.mmdb, status);
    return status == MMDB_SUCCESS && out->has_data;
}

/* The first text in those places; empty without one. */
static struct slice text_in(struct geo *geo, MMDB_lookup_result_s *record,
                            const struct places *places)
{
    MMDB_entry_data_s value;

    for (size_t i = 0; i < PLACES && places->path[i][0] != NULL; i++) {
        if (value_at(geo, record, places, i, &value) && value.type == MMDB_DATA_TYPE_UTF8_STRING)
            return (struct slice){ value.utf8_string, value.data_size };
    }
    return (struct slice){ NULL, 0 };
}

static bool degrees_in(struct geo *geo, MMDB_lookup_result_s *record, const struct places *places,
                       double limit, double *out)
{
    MMDB_entry_data_s value;

    for (size_t i = 0; i < PLACES && places->path[i][0] != NULL; i++) {
        if (value_at(geo, record, places, i, &value) && value.type == MMDB_DATA_TYPE_DOUBLE &&
            value.double_value >= -limit && value.double_value <= limit) {
            *out = value.double_value;
            return true;
        }
    }
    return false;
}

/* A number, or a text such as "AS64500". */
static uint32_t asn_in(struct geo *geo, MMDB_lookup_result_s *record)
{
    struct slice text = text_in(geo, record, &asn_places);
    MMDB_entry_data_s value;
    uint64_t number;

    if (slice_skip(&text, SLICE("AS")) && slice_to_u64(text, &number) && number <= UINT32_MAX)
        return (uint32_t)number;
    for (size_t i = 0; i < PLACES && asn_places.path[i][0] != NULL; i++) {
        if (value_at(geo, record, &asn_places, i, &value) && value.type == MMDB_DATA_TYPE_UINT32)
            return value.uint32;
    }
    return 0;
}

static bool is_country(struct slice s)
{
    return s.n == 2 && s.p[0] >= 'A' && s.p[0] <= 'Z' && s.p[1] >= 'A' && s.p[1] <= 'Z';
}

/* Put into `out` what it lacks and the record has. */
static void complete(struct geo *geo, MMDB_lookup_result_s *record, struct geo_answer *out)
{
    if (out->country[0] == '\0') {
        struct slice country = text_in(geo, record, &country_places);

        if (is_country(country))
            memcpy(out->country, country.p, 2);
    }
    if (out->asn == 0) {
        out->asn = asn_in(geo, record);
        if (out->asn != 0)
            out->organisation = text_in(geo, record, &organisation_places);
    }
    if (!out->has_location)
        out->has_location = degrees_in(geo, record, &latitude_places, 90, &out->latitude) &&
                            degrees_in(geo, record, &longitude_places, 180, &out->longitude);
}

bool geo_find(struct geo *geo, const struct ip *ip, struct geo_answer *out)
{
    MMDB_lookup_result_s record;

    *out = (struct geo_answer){ 0 };
    for (size_t i = 0; geo != NULL && i < geo->n; i++)
        if (find_record(geo, &geo->files[i], ip, &record))
            complete(geo, &record, out);
    return out->country[0] != '\0' || out->asn != 0 || out->has_location;
}

const char *geo_trouble(const struct geo *geo)
{
    return geo != NULL && geo->trouble[0] != '\0' ? geo->trouble : NULL;
}

void geo_free(struct geo *geo)
{
    if (geo == NULL)
        return;
    for (size_t i = 0; i < geo->n; i++)
        MMDB_close(&geo->files[i]);
    free(geo->files);
    free(geo);
}
