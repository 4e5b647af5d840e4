#include "conf/country.h"

#include "base/ban.h"

/* ISO 3166-1, officially assigned, and XK. */
static const char codes[] =
    "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCL"
    "CMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGU"
    "GWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMC"
    "MDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPT"
    "PWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUA"
    "UGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool conf_country_parse(struct slice text, char out[3])
{
    for (size_t i = 0; text.n == 2 && i + 2 < sizeof codes; i += 2) {
        if (upper(text.p[0]) == codes[i] && upper(text.p[1]) == codes[i + 1]) {
            out[0] = codes[i];
            out[1] = codes[i + 1];
            out[2] = '\0';
            return true;
        }
    }
    return false;
}

const char *conf_country_meant(struct slice text)
{
    static const struct {
        const char *written, *code;
    } meant[] = {
        { "UK", "GB" },      { "ENGLAND", "GB" }, { "EL", "GR" },  { "GER", "DE" },
        { "DEU", "DE" },     { "GERMANY", "DE" }, { "D", "DE" },   { "AUT", "AT" },
        { "AUSTRIA", "AT" }, { "A", "AT" },       { "CHE", "CH" }, { "SWITZERLAND", "CH" },
        { "USA", "US" },     { "FRANCE", "FR" },  { "FRA", "FR" }, { "ITALY", "IT" },
        { "ITA", "IT" },     { "SPAIN", "ES" },   { "ESP", "ES" }, { "NETHERLANDS", "NL" },
        { "NLD", "NL" },     { "POLAND", "PL" },  { "POL", "PL" }, { "GBR", "GB" },
        { "SWEDEN", "SE" },  { "DENMARK", "DK" }, { "SU", "RU" },  { "JAPAN", "JP" },
    };

    for (size_t i = 0; i < COUNT(meant); i++)
        if (slice_eq_nocase(text, slice_of(meant[i].written)))
            return meant[i].code;
    return NULL;
}

/* The number of a pair of letters. */
static unsigned pair(const char *code)
{
    return (unsigned)(code[0] - 'A') * 26 + (unsigned)(code[1] - 'A');
}

void conf_countries_add(struct conf_countries *set, const char *code)
{
    if (conf_countries_has(set, code))
        return;
    set->bits[pair(code) / 64] |= (uint64_t)1 << pair(code) % 64;
    set->n++;
}

bool conf_countries_has(const struct conf_countries *set, const char *code)
{
    return is_upper(code[0]) && is_upper(code[1]) && code[2] == '\0' &&
           (set->bits[pair(code) / 64] >> pair(code) % 64 & 1) != 0;
}
