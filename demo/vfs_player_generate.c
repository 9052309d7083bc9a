
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_player.h"
#include "vfs_player_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


/*
 * People with tastes act on items: a user prefers one category and, less, a
 * second one, and both drift.  Within a category, and among users, popularity
 * follows Zipf's law with exponent 1.  Items of a category share words, so that
 * hashed descriptions are alike.  Integers only: the same options give the same
 * bytes on every machine.
 */

#define VFS_GENERATE_CATEGORIES  12
#define VFS_GENERATE_WORDS       8
#define VFS_GENERATE_COUNTRIES   8

#define VFS_GENERATE_LATE        100       /* one event in so many */
#define VFS_GENERATE_DUPLICATE   200
#define VFS_GENERATE_MAX_LATE    3600000   /* ms */

#define vfs_generate_pick(g, n)  (unsigned) (vfs_generate_random(g) % (n))


typedef struct {
    const char           *name;
    const char           *words[VFS_GENERATE_WORDS];
} vfs_generate_category_t;


typedef struct {
    const char           *type;
    unsigned              share;       /* percent */
} vfs_generate_type_t;


typedef struct {
    uint8_t               first;
    uint8_t               second;
} vfs_generate_taste_t;


typedef struct {
    uint64_t             *sums;
    uint64_t              n;
} vfs_generate_zipf_t;


typedef struct {
    vfs_player_source_t    source;
    vfs_player_json_t      json;

    uint64_t               random;     /* state */
    uint64_t               seed;
    uint64_t               items;
    vfs_generate_zipf_t    users;
    vfs_generate_zipf_t    ranks;      /* of items in a category */
    vfs_generate_taste_t  *tastes;

    int64_t                start_ms;
    int64_t                rate;       /* events a second of event time */

    char                   user[32];
    size_t                 user_len;
    unsigned               again:1;    /* the last event once more */
} vfs_player_generate_t;


static int vfs_generate_init(vfs_player_generate_t *g,
    const vfs_player_options_t *options);
static int vfs_generate_zipf_init(vfs_generate_zipf_t *zipf, uint64_t n);
static uint64_t vfs_generate_zipf(vfs_player_generate_t *g,
    const vfs_generate_zipf_t *zipf);
static uint64_t vfs_generate_random(vfs_player_generate_t *g);
static uint64_t vfs_generate_mix(uint64_t x);
static int vfs_generate_next(vfs_player_source_t *source,
    vfs_player_event_t *event, vfs_error_t *err);
static int vfs_generate_event(vfs_player_generate_t *g);
static uint64_t vfs_generate_item(vfs_player_generate_t *g,
    vfs_generate_taste_t *taste);
static const char *vfs_generate_type(vfs_player_generate_t *g);
static void vfs_generate_time(vfs_player_generate_t *g);
static void vfs_generate_attributes(vfs_player_generate_t *g, uint64_t item,
    const char *country);
static void vfs_generate_close(vfs_player_source_t *source);


static const vfs_generate_category_t
    vfs_generate_categories[VFS_GENERATE_CATEGORIES] =
{
    { "kitchen", { "kettle", "teapot", "mug", "whisk", "bowl", "toaster",
                   "apron", "grinder" } },
    { "garden", { "spade", "planter", "hose", "lantern", "trellis", "rake",
                  "bench", "birdhouse" } },
    { "cycling", { "helmet", "saddle", "pedal", "jersey", "pump", "tyre",
                   "pannier", "bell" } },
    { "office", { "stapler", "notebook", "pen", "lamp", "folder", "monitor",
                  "keyboard", "chair" } },
    { "toys", { "puzzle", "robot", "doll", "train", "kite", "blocks",
                "marbles", "drum" } },
    { "camping", { "tent", "stove", "hammock", "compass", "flask", "backpack",
                   "torch", "rope" } },
    { "music", { "guitar", "violin", "speaker", "turntable", "microphone",
                 "harmonica", "headphones", "piano" } },
    { "bedroom", { "pillow", "duvet", "wardrobe", "mattress", "blanket",
                   "mirror", "curtain", "slippers" } },
    { "painting", { "brush", "easel", "canvas", "palette", "crayon", "varnish",
                    "sketchbook", "charcoal" } },
    { "swimming", { "goggles", "swimsuit", "fins", "snorkel", "towel", "float",
                    "kickboard", "sandals" } },
    { "baking", { "cake", "rolling-pin", "sieve", "icing", "muffin", "oven",
                  "scale", "yeast" } },
    { "cinema", { "poster", "projector", "popcorn", "screen", "film", "ticket",
                  "camera", "tripod" } }
};


static const char  *vfs_generate_styles[VFS_GENERATE_WORDS] = {
    "red", "vintage", "small", "folding", "striped", "classic", "deluxe",
    "plain"
};


static const char  *vfs_generate_materials[VFS_GENERATE_WORDS] = {
    "wooden", "steel", "cotton", "ceramic", "leather", "glass", "paper",
    "copper"
};


static const char  *vfs_generate_country_names[VFS_GENERATE_COUNTRIES] = {
    "Brazil", "France", "Germany", "India", "Japan", "Kenya", "Norway",
    "United Kingdom"
};


static const vfs_generate_type_t  vfs_generate_types[] = {
    { "view", 62 },
    { "click", 22 },
    { "cart", 9 },
    { "purchase", 6 },
    { "cancel", 1 }
};


vfs_player_source_t *
vfs_player_generate(const vfs_player_options_t *options, vfs_error_t *err)
{
    vfs_player_generate_t  *g;

    g = calloc(1, sizeof(vfs_player_generate_t));

    if (g == NULL || vfs_generate_init(g, options) != VFS_OK) {

        if (g != NULL) {
            vfs_generate_close(&g->source);
        }

        vfs_error_set(err, "out of memory");
        return NULL;
    }

    return &g->source;
}


static int
vfs_generate_init(vfs_player_generate_t *g,
    const vfs_player_options_t *options)
{
    int                    n;
    char                   user[32];
    uint64_t               i, ranks;
    vfs_generate_taste_t  *taste;

    g->source.next = vfs_generate_next;
    g->source.close = vfs_generate_close;
    g->seed = vfs_generate_mix(options->seed);
    g->random = g->seed;
    g->items = options->items;
    g->start_ms = options->start_ms;
    g->rate = (options->rate > 0) ? options->rate : 100;

    ranks = (g->items + VFS_GENERATE_CATEGORIES - 1)
            / VFS_GENERATE_CATEGORIES;

    if (vfs_generate_zipf_init(&g->users, options->users) != VFS_OK
        || vfs_generate_zipf_init(&g->ranks, ranks) != VFS_OK)
    {
        return VFS_ERROR;
    }

    g->tastes = malloc(options->users * sizeof(vfs_generate_taste_t));

    if (g->tastes == NULL) {
        return VFS_ERROR;
    }

    for (i = 0; i < g->users.n; i++) {
        taste = &g->tastes[i];
        taste->first = vfs_generate_pick(g, VFS_GENERATE_CATEGORIES);
        taste->second = vfs_generate_pick(g, VFS_GENERATE_CATEGORIES);
    }

    for (i = 1; i <= VFS_PLAYER_HINTS && i <= g->users.n; i++) {
        n = snprintf(user, sizeof(user), "u%llu", (unsigned long long) i);
        vfs_player_hint(&g->source, user, n);
    }

    return VFS_OK;
}


/* sums[i] is the sum of 1/1 to 1/(i + 1), in units of 2^-32. */

static int
vfs_generate_zipf_init(vfs_generate_zipf_t *zipf, uint64_t n)
{
    uint64_t  i, sum;

    zipf->n = n;
    zipf->sums = malloc(n * sizeof(uint64_t));

    if (zipf->sums == NULL) {
        return VFS_ERROR;
    }

    sum = 0;

    for (i = 0; i < n; i++) {
        sum += (1ULL << 32) / (i + 1);
        zipf->sums[i] = sum;
    }

    return VFS_OK;
}


static uint64_t
vfs_generate_zipf(vfs_player_generate_t *g, const vfs_generate_zipf_t *zipf)
{
    uint64_t  low, high, middle, x;

    x = vfs_generate_random(g) % zipf->sums[zipf->n - 1];

    low = 0;
    high = zipf->n - 1;

    while (low < high) {
        middle = low + (high - low) / 2;

        if (zipf->sums[middle] > x) {
            high = middle;

        } else {
            low = middle + 1;
        }
    }

    return low;
}


/* SplitMix64 (Steele, Lea, Flood, "Fast Splittable PRNGs", OOPSLA 2014) */

static uint64_t
vfs_generate_random(vfs_player_generate_t *g)
{
    g->random += 0x9e3779b97f4a7c15ULL;

    return vfs_generate_mix(g->random);
}


static uint64_t
vfs_generate_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;

    return x ^ (x >> 31);
}


static int
vfs_generate_next(vfs_player_source_t *source, vfs_player_event_t *event,
    vfs_error_t *err)
{
    vfs_player_generate_t  *g;

    g = (vfs_player_generate_t *) source;

    if (g->again) {
        g->again = 0;

    } else {

        if (vfs_generate_event(g) != VFS_OK) {
            vfs_error_set(err, "out of memory");
            return VFS_ERROR;
        }

        g->again = (vfs_generate_pick(g, VFS_GENERATE_DUPLICATE) == 0);
    }

    source->rows++;

    event->key = g->user;
    event->key_len = g->user_len;
    event->value = g->json.data;
    event->len = g->json.len;

    return VFS_OK;
}


static int
vfs_generate_event(vfs_player_generate_t *g)
{
    int          n;
    char         text[32];
    uint64_t     user, item;
    unsigned     country;
    const char  *type;

    user = vfs_generate_zipf(g, &g->users);
    item = vfs_generate_item(g, &g->tastes[user]);
    type = vfs_generate_type(g);
    country = vfs_generate_mix(g->seed ^ user) % VFS_GENERATE_COUNTRIES;

    g->user_len = snprintf(g->user, sizeof(g->user), "u%llu",
                           (unsigned long long) user + 1);

    vfs_player_json_begin(&g->json);
    vfs_player_json_string(&g->json, "userId", g->user, g->user_len);

    n = snprintf(text, sizeof(text), "i%llu", (unsigned long long) item + 1);
    vfs_player_json_string(&g->json, "itemId", text, n);

    vfs_player_json_string(&g->json, "eventType", type, strlen(type));

    vfs_generate_time(g);
    vfs_generate_attributes(g, item, vfs_generate_country_names[country]);

    return vfs_player_json_end(&g->json);
}


static uint64_t
vfs_generate_item(vfs_player_generate_t *g, vfs_generate_taste_t *taste)
{
    uint8_t   second;
    uint64_t  item;
    unsigned  n, category;

    n = vfs_generate_pick(g, 512);

    if (n < 8) {
        taste->second = vfs_generate_pick(g, VFS_GENERATE_CATEGORIES);

    } else if (n < 10) {
        second = taste->second;
        taste->second = taste->first;
        taste->first = second;
    }

    n = vfs_generate_pick(g, 10);

    if (n < 7) {
        category = taste->first;

    } else if (n < 9) {
        category = taste->second;

    } else {
        category = vfs_generate_pick(g, VFS_GENERATE_CATEGORIES);
    }

    item = vfs_generate_zipf(g, &g->ranks) * VFS_GENERATE_CATEGORIES
           + category;

    /* the last rank may not have all categories */

    return (item < g->items) ? item : item - VFS_GENERATE_CATEGORIES;
}


static const char *
vfs_generate_type(vfs_player_generate_t *g)
{
    unsigned  i, n;

    n = vfs_generate_pick(g, 100);

    for (i = 0; n >= vfs_generate_types[i].share; i++) {
        n -= vfs_generate_types[i].share;
    }

    return vfs_generate_types[i].type;
}


static void
vfs_generate_time(vfs_player_generate_t *g)
{
    int        n;
    char       text[32];
    int64_t    ms;
    uint64_t   late, row;

    row = g->source.rows;

    /* in two steps, or a long run would overflow */

    ms = g->start_ms + row / g->rate * 1000 + row % g->rate * 1000 / g->rate;
    late = vfs_generate_random(g);

    if (late % VFS_GENERATE_LATE == 0) {
        ms -= 1 + (late >> 32) % VFS_GENERATE_MAX_LATE;
    }

    n = snprintf(text, sizeof(text), "%lld", (long long) ms);
    vfs_player_json_raw(&g->json, "timestamp", text, n);
}


/* What an item is follows from its number and the seed alone. */

static void
vfs_generate_attributes(vfs_player_generate_t *g, uint64_t item,
    const char *country)
{
    int                             n;
    char                            text[128];
    uint64_t                        x;
    const vfs_generate_category_t  *category;

    x = vfs_generate_mix(g->seed + item * 2 + 1);
    category = &vfs_generate_categories[item % VFS_GENERATE_CATEGORIES];

    n = snprintf(text, sizeof(text), "%s %s %s for %s",
                 vfs_generate_styles[x % VFS_GENERATE_WORDS],
                 vfs_generate_materials[(x >> 8) % VFS_GENERATE_WORDS],
                 category->words[(x >> 16) % VFS_GENERATE_WORDS],
                 category->name);

    vfs_player_json_string(&g->json, "description", text, n);

    n = snprintf(text, sizeof(text), "%u.%02u",
                 1 + (unsigned) (x >> 24) % 100, (unsigned) (x >> 40) % 100);

    vfs_player_json_raw(&g->json, "price", text, n);
    vfs_player_json_string(&g->json, "country", country, strlen(country));
}


static void
vfs_generate_close(vfs_player_source_t *source)
{
    vfs_player_generate_t  *g;

    g = (vfs_player_generate_t *) source;

    vfs_player_json_free(&g->json);
    free(g->users.sums);
    free(g->ranks.sums);
    free(g->tastes);
    free(g);
}
