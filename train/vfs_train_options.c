
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_event.h"
#include "vfs_getopt.h"
#include "vfs_train_labels.h"
#include "vfs_train_options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define VFS_OPTIONS_MAX   24
#define VFS_OPTIONS_HELP  (VFS_GETOPT_LONG + VFS_OPTIONS_MAX)


/* One option with the structure that its member is in. */

typedef struct {
    const vfs_option_t     *option;
    char                   *to;
    unsigned                given:1;
} vfs_options_slot_t;


typedef struct {
    const vfs_options_t    *options;
    vfs_options_slot_t      slots[VFS_OPTIONS_MAX];
    struct option           longs[VFS_OPTIONS_MAX + 2];
    int                     n;
} vfs_options_ctx_t;


static void vfs_options_table(vfs_options_ctx_t *ctx, char *to);
static int vfs_options_set(vfs_options_ctx_t *ctx, int opt, char **argv,
    vfs_error_t *err);
static void vfs_options_help(const vfs_options_ctx_t *ctx);
static void vfs_options_line(const char *name, const char *value, int width,
    const char *help);


int
vfs_options_read(const vfs_options_t *options, void *to, int argc,
    char **argv, int *first, vfs_error_t *err)
{
    int                opt;
    vfs_options_ctx_t  ctx;

    memset(&ctx, 0, sizeof(vfs_options_ctx_t));

    ctx.options = options;
    vfs_options_table(&ctx, to);

    opterr = 0;

    while ((opt = getopt_long(argc, argv, ":h", ctx.longs, NULL)) != -1) {

        if (opt == 'h' || opt == VFS_OPTIONS_HELP) {
            vfs_options_help(&ctx);
            return VFS_DECLINED;
        }

        if (vfs_options_set(&ctx, opt, argv, err) != VFS_OK) {
            return VFS_ERROR;
        }
    }

    *first = optind;

    if (argc - optind > options->noperands) {
        vfs_error_set(err, "unexpected \"%.64s\", see vfs-train %s --help",
                      argv[optind + options->noperands], options->command);
        return VFS_ERROR;
    }

    return VFS_OK;
}


static void
vfs_options_table(vfs_options_ctx_t *ctx, char *to)
{
    const vfs_option_t        *option;
    const vfs_option_group_t  *group;

    for (group = ctx->options->groups; group->options != NULL; group++) {

        for (option = group->options;
             option->name != NULL && ctx->n < VFS_OPTIONS_MAX; option++)
        {
            ctx->slots[ctx->n].option = option;
            ctx->slots[ctx->n].to = to + group->offset;

            ctx->longs[ctx->n].name = option->name;
            ctx->longs[ctx->n].has_arg = (option->value != NULL)
                                         ? required_argument : no_argument;
            ctx->longs[ctx->n].val = VFS_GETOPT_LONG + ctx->n;

            ctx->n++;
        }
    }

    ctx->longs[ctx->n].name = "help";
    ctx->longs[ctx->n].val = VFS_OPTIONS_HELP;
}


static int
vfs_options_set(vfs_options_ctx_t *ctx, int opt, char **argv,
    vfs_error_t *err)
{
    char                 help[64];
    const vfs_option_t  *option;
    vfs_options_slot_t  *slot;

    if (opt == '?') {
        (void) snprintf(help, sizeof(help), "vfs-train %s --help",
                        ctx->options->command);
        vfs_getopt_refused(argv, ctx->longs, help, err);
        return VFS_ERROR;
    }

    if (opt == ':') {
        option = ctx->slots[optopt - VFS_GETOPT_LONG].option;
        vfs_error_set(err, "--%s: the value is missing, expected %s, see "
                      "vfs-train %s --help", option->name, option->value,
                      ctx->options->command);
        return VFS_ERROR;
    }

    slot = &ctx->slots[opt - VFS_GETOPT_LONG];
    option = slot->option;

    if (slot->given && !option->repeated) {
        vfs_error_set(err, "--%s is given twice, expected once", option->name);
        return VFS_ERROR;
    }

    slot->given = 1;

    return option->set(option, optarg, slot->to + option->offset, err);
}


static void
vfs_options_help(const vfs_options_ctx_t *ctx)
{
    int                  i, len, width;
    const vfs_option_t  *option;

    printf("usage: vfs-train %s %s\n\n%s\n\n", ctx->options->command,
           ctx->options->synopsis, ctx->options->about);

    width = 0;

    for (i = 0; i < ctx->n; i++) {
        option = ctx->slots[i].option;
        len = (int) strlen(option->name);

        if (option->value != NULL) {
            len += 1 + (int) strlen(option->value);
        }

        width = (len > width) ? len : width;
    }

    for (i = 0; i < ctx->n; i++) {
        option = ctx->slots[i].option;
        vfs_options_line(option->name, option->value, width, option->help);
    }

    vfs_options_line("help", NULL, width, "print this text");

    if (ctx->options->more != NULL) {
        printf("\n%s\n", ctx->options->more);
    }
}


static void
vfs_options_line(const char *name, const char *value, int width,
    const char *help)
{
    int          len;
    const char  *end;

    len = printf("  --%s%s%s", name, (value != NULL) ? " " : "",
                 (value != NULL) ? value : "");

    for ( ;; ) {
        end = strchrnul(help, '\n');

        printf("%*s%.*s\n", width + 6 - len, "", (int) (end - help), help);

        if (*end == '\0') {
            return;
        }

        help = end + 1;
        len = 0;
    }
}


int
vfs_option_flag(const vfs_option_t *option, const char *text, void *member,
    vfs_error_t *err)
{
    *(int *) member = 1;

    return VFS_OK;
}


int
vfs_option_text(const vfs_option_t *option, const char *text, void *member,
    vfs_error_t *err)
{
    if (*text == '\0') {
        vfs_error_set(err, "--%s: expected %s, got \"\"", option->name,
                      option->value);
        return VFS_ERROR;
    }

    *(const char **) member = text;

    return VFS_OK;
}


int
vfs_option_integer(const vfs_option_t *option, const char *text, void *member,
    vfs_error_t *err)
{
    char     *last;
    int64_t   value;

    errno = 0;
    value = strtoll(text, &last, 10);

    if (errno != 0 || last == text || *last != '\0' || value < option->min
        || value > option->max)
    {
        vfs_error_set(err, "--%s: expected an integer from %" PRId64 " to %"
                      PRId64 ", got \"%.64s\"", option->name, option->min,
                      option->max, text);
        return VFS_ERROR;
    }

    *(int64_t *) member = value;

    return VFS_OK;
}


int
vfs_option_word(const vfs_option_t *option, const char *text, void *member,
    vfs_error_t *err)
{
    int     i;
    char    list[128];
    size_t  len;

    len = 0;
    list[0] = '\0';

    for (i = 0; option->words[i] != NULL; i++) {

        if (strcmp(option->words[i], text) == 0) {
            *(int *) member = i + (int) option->min;
            return VFS_OK;
        }

        if (len < sizeof(list)) {
            len += (size_t) snprintf(list + len, sizeof(list) - len, "%s%s",
                                     (i == 0) ? ""
                                     : (option->words[i + 1] == NULL)
                                       ? " or " : ", ",
                                     option->words[i]);
        }
    }

    vfs_error_set(err, "--%s: expected %s, got \"%.64s\"", option->name, list,
                  text);

    return VFS_ERROR;
}


int
vfs_option_time(const vfs_option_t *option, const char *text, void *member,
    vfs_error_t *err)
{
    if (vfs_labels_time(text, strlen(text), member) == VFS_OK) {
        return VFS_OK;
    }

    vfs_error_set(err, "--%s: expected a time such as 2026-01-31T10:00:00Z, "
                  "or ms since 1970, got \"%.64s\"", option->name, text);

    return VFS_ERROR;
}


int
vfs_option_age(const vfs_option_t *option, const char *text, void *member,
    vfs_error_t *err)
{
    char        *last;
    int64_t      number;
    const char  *unit;

    static const char     units[] = "smhd";
    static const int64_t  ms[] = { 1000, 60000, 3600000, 86400000 };

    errno = 0;
    number = strtoll(text, &last, 10);
    unit = (*last != '\0' && last[1] == '\0') ? strchr(units, *last) : NULL;

    if (errno != 0 || last == text || unit == NULL || number < 1
        || number > VFS_MAX_TIME_MS / ms[unit - units])
    {
        vfs_error_set(err, "--%s: expected a positive number of s, m, h or d, "
                           "for example 30d, got \"%.64s\"",
                      option->name, text);
        return VFS_ERROR;
    }

    *(int64_t *) member = number * ms[unit - units];

    return VFS_OK;
}
