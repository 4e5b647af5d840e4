#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "watch/geo.h"

#include "base/ban.h"

enum { PATH_ROOM = 1024 };

/* The public databases lie beside the project; without them there is nothing to test with. */
static const char *data_path(char room[PATH_ROOM], const char *file)
{
    const char *source = getenv("MAILFUSE_SOURCE");

    snprintf(room, PATH_ROOM, "%s/../shared/data/maxmind/%s", source != NULL ? source : ".", file);
    return room;
}

static void need_data(void)
{
    char folder[PATH_ROOM];

    if (access(data_path(folder, "test-data"), R_OK) != 0) {
        fprintf(stderr, "SKIPPED: no databases in %s\n", folder);
        skip();
    }
}

static struct geo *open_files(const char *const *files, size_t n)
{
    char paths[4][PATH_ROOM], error[200];
    const char *list[4];
    struct geo *geo;

    for (size_t i = 0; i < n; i++)
        list[i] = data_path(paths[i], files[i]);
    geo = geo_open(list, n, error, sizeof error);
    if (geo == NULL)
        fail_msg("%s", error);
    return geo;
}

/* The answer as text: "GB AS0 - 51.75,-1.25". */
static const char *answer_text(struct geo *geo, const char *address, char *room, size_t room_n)
{
    struct geo_answer answer;
    struct ip ip;
    int n;

    assert_true(ip_parse(slice_of(address), &ip));
    if (!geo_find(geo, &ip, &answer))
        return "nothing";
    n = snprintf(room, room_n, "%s AS%u %.*s", answer.country, answer.asn,
                 SLICE_ARG(answer.organisation));
    if (answer.has_location)
        snprintf(room + n, room_n - (size_t)n, " %.4f,%.4f", answer.latitude, answer.longitude);
    return room;
}

static const struct geo_case {
    const char *name;
    const char *files[3];
    const char *address, *want;
} geo_cases[] = {
    { "city", { "GeoLite2-City-Test.mmdb" }, "2.125.160.216", "GB AS0  51.7500,-1.2500" },
    { "country", { "GeoLite2-Country-Test.mmdb" }, "50.114.0.1", "US AS0 " },
    { "network", { "GeoLite2-ASN-Test.mmdb" }, "1.128.0.1", " AS1221 Telstra Pty Ltd" },
    { "IPv6", { "GeoLite2-City-Test.mmdb" }, "2001:218::1", "JP AS0  35.6854,139.7531" },
    { "two files complete each other",
      { "GeoLite2-ASN-Test.mmdb", "GeoLite2-City-Test.mmdb" },
      "89.160.20.112",
      "SE AS29518 Bredband2 AB 58.4167,15.6167" },
    { "the other way round",
      { "GeoLite2-City-Test.mmdb", "GeoLite2-ASN-Test.mmdb" },
      "89.160.20.112",
      "SE AS29518 Bredband2 AB 58.4167,15.6167" },
    { "not in it", { "GeoLite2-City-Test.mmdb" }, "192.0.2.1", "nothing" },
    { "IPv6 in a file of IPv4", { "MaxMind-DB-test-ipv4-24.mmdb" }, "2001:db8::1", "nothing" },
    { "record without our fields", { "MaxMind-DB-test-ipv4-24.mmdb" }, "1.1.1.1", "nothing" },
    { "record that is no map", { "MaxMind-DB-string-value-entries.mmdb" }, "1.1.1.1", "nothing" },
    { "no files", { NULL }, "192.0.2.1", "nothing" },
};

static void test_find(void **state)
{
    (void)state;
    need_data();
    for (size_t i = 0; i < COUNT(geo_cases); i++) {
        const struct geo_case *c = &geo_cases[i];
        char files[3][PATH_ROOM], room[300];
        const char *names[3], *got;
        struct geo *geo;
        size_t n = 0;

        for (; n < 3 && c->files[n] != NULL; n++) {
            snprintf(files[n], PATH_ROOM, "test-data/%s", c->files[n]);
            names[n] = files[n];
        }
        geo = open_files(names, n);
        got = answer_text(geo, c->address, room, sizeof room);
        if (strcmp(got, c->want) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", c->name, got, c->want);
        if (geo_trouble(geo) != NULL)
            fail_msg("%s: %s", c->name, geo_trouble(geo));
        geo_free(geo);
    }
}

/* Each network of the source answers with its own country, number and name. */
static void check_source(const char *database, const char *source)
{
    char path[PATH_ROOM];
    const char *const files[] = { database };
    json_t *list = json_load_file(data_path(path, source), 0, NULL), *entry, *want;
    struct geo *geo = open_files(files, 1);
    const char *network;
    size_t i;

    assert_non_null(list);
    json_array_foreach(list, i, entry) json_object_foreach(entry, network, want)
    {
        struct geo_answer got;
        struct ip_prefix prefix;
        json_t *country = json_object_get(json_object_get(want, "country"), "iso_code");
        json_t *asn = json_object_get(want, "autonomous_system_number");
        json_t *name = json_object_get(want, "autonomous_system_organization");

        assert_true(ip_prefix_parse(slice_of(network), &prefix));
        geo_find(geo, &prefix.net, &got);
        if (country != NULL && strcmp(got.country, json_string_value(country)) != 0)
            fail_msg("%s: got %s, want %s", network, got.country, json_string_value(country));
        if (asn != NULL && got.asn != json_integer_value(asn))
            fail_msg("%s: got AS%u, want AS%lld", network, got.asn, json_integer_value(asn));
        if (name != NULL && !slice_eq(got.organisation, slice_of(json_string_value(name))))
            fail_msg("%s: got \"%.*s\", want \"%s\"", network, SLICE_ARG(got.organisation),
                     json_string_value(name));
    }
    geo_free(geo);
    json_decref(list);
}

static void test_sources(void **state)
{
    (void)state;
    need_data();
    check_source("test-data/GeoLite2-City-Test.mmdb", "source-data/GeoLite2-City-Test.json");
    check_source("test-data/GeoLite2-Country-Test.mmdb", "source-data/GeoLite2-Country-Test.json");
    check_source("test-data/GeoLite2-ASN-Test.mmdb", "source-data/GeoLite2-ASN-Test.json");
}

/* Ask a database of any state of health for addresses all over the tree. */
static void survive(const char *path)
{
    const char *const list[] = { path };
    char error[PATH_ROOM] = "";
    struct geo *geo = geo_open(list, 1, error, sizeof error);
    struct geo_answer answer;

    if (geo == NULL && !slice_starts(slice_of(error), slice_of(path)))
        fail_msg("%s: the message does not name it: \"%s\"", path, error);
    for (unsigned i = 0; geo != NULL && i < 4096; i++) {
        struct ip ip = { { [10] = 0xff, [11] = 0xff } };

        ip.b[12] = (uint8_t)(i >> 4);
        ip.b[13] = (uint8_t)(i << 4);
        if (i % 2 == 1)
            ip = (struct ip){ { [0] = (uint8_t)(i >> 4), [1] = (uint8_t)(i << 4) } };
        geo_find(geo, &ip, &answer);
    }
    geo_free(geo);
}

static size_t survive_folder(const char *name)
{
    char folder[PATH_ROOM], path[2 * PATH_ROOM];
    DIR *dir = opendir(data_path(folder, name));
    struct dirent *entry;
    size_t n = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir)) != NULL) {
        if (!slice_ends(slice_of(entry->d_name), SLICE(".mmdb")))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        survive(path);
        n++;
    }
    closedir(dir);
    return n;
}

static void test_damaged(void **state)
{
    (void)state;
    need_data();
    assert_true(survive_folder("bad-data/libmaxminddb") > 0);
    assert_true(survive_folder("bad-data/maxminddb-golang") > 0);
    assert_true(survive_folder("bad-data/maxminddb-python") > 0);
    assert_true(survive_folder("test-data") > 0);
}

static const struct refused_case {
    const char *path, *want;
} refused_cases[] = {
    { "/nonexistent/geo.mmdb", "/nonexistent/geo.mmdb: No such file or directory" },
    { "/dev/null", "/dev/null: " },
    { "/tmp", "/tmp: " },
    { "/etc/passwd", "/etc/passwd: " },
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused_cases); i++) {
        char error[200] = "";

        assert_null(geo_open(&refused_cases[i].path, 1, error, sizeof error));
        if (!slice_starts(slice_of(error), slice_of(refused_cases[i].want)))
            fail_msg("got \"%s\", want \"%s\"", error, refused_cases[i].want);
    }
}

static void test_without(void **state)
{
    struct ip ip = { { 0 } };
    struct geo_answer answer;

    (void)state;
    assert_false(geo_find(NULL, &ip, &answer));
    assert_null(geo_trouble(NULL));
    geo_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),    cmocka_unit_test(test_sources),
        cmocka_unit_test(test_damaged), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_without),
    };

    return cmocka_run_group_tests_name("watch-geo", tests, NULL, NULL);
}
