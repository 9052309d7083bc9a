
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_player.h"
#include "vfs_player_csv.h"
#include "vfs_player_json.h"
#include "vfs_event.h"
#include "vfs_float.h"
#include "vfs_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>


/*
 * The columns of the UCI Online Retail data set: Chen, D. (2015), Online
 * Retail, UCI Machine Learning Repository, doi:10.24432/C5BW33.
 */

typedef enum {
    VFS_RETAIL_INVOICE = 0,
    VFS_RETAIL_ITEM,
    VFS_RETAIL_DESCRIPTION,
    VFS_RETAIL_QUANTITY,
    VFS_RETAIL_TIME,
    VFS_RETAIL_PRICE,
    VFS_RETAIL_USER,
    VFS_RETAIL_COUNTRY,
    VFS_RETAIL_COLUMNS
} vfs_retail_column_e;


typedef struct {
    const char           *data;
    size_t                len;
} vfs_retail_text_t;


typedef struct {
    vfs_player_source_t   source;
    vfs_player_csv_t      csv;
    vfs_player_json_t     json;
    const char           *path;
    unsigned              columns[VFS_RETAIL_COLUMNS];   /* their place */
} vfs_player_retail_t;


static int vfs_player_retail_open(vfs_player_retail_t *retail,
    const char *path, vfs_error_t *err);
static int vfs_player_retail_header(vfs_player_retail_t *retail,
    vfs_error_t *err);
static int vfs_player_retail_find_hints(vfs_player_retail_t *retail,
    vfs_error_t *err);
static int vfs_player_retail_next(vfs_player_source_t *source,
    vfs_player_event_t *event, vfs_error_t *err);
static int vfs_player_retail_row(vfs_player_retail_t *retail,
    vfs_player_event_t *event, vfs_error_t *err);
static int vfs_player_retail_event(vfs_player_retail_t *retail,
    const vfs_retail_text_t *user, vfs_error_t *err);
static vfs_retail_text_t vfs_player_retail_text(
    const vfs_player_retail_t *retail, vfs_retail_column_e column);
static vfs_retail_text_t vfs_player_retail_user(
    const vfs_player_retail_t *retail);
static int vfs_player_retail_time(const vfs_retail_text_t *text, char *time);
static unsigned vfs_player_retail_number(const vfs_retail_text_t *text);
static void vfs_player_retail_close(vfs_player_source_t *source);


static const char  *vfs_player_retail_names[] = {
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country"
};


vfs_player_source_t *
vfs_player_retail(const char *path, vfs_error_t *err)
{
    vfs_player_retail_t  *retail;

    retail = calloc(1, sizeof(vfs_player_retail_t));

    if (retail == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    if (vfs_player_retail_open(retail, path, err) != VFS_OK) {
        vfs_player_retail_close(&retail->source);
        return NULL;
    }

    return &retail->source;
}


static int
vfs_player_retail_open(vfs_player_retail_t *retail, const char *path,
    vfs_error_t *err)
{
    retail->source.next = vfs_player_retail_next;
    retail->source.close = vfs_player_retail_close;
    retail->path = path;

    retail->csv.in = fopen(path, "r");

    if (retail->csv.in == NULL) {
        vfs_error_set(err, "cannot open \"%s\": %s", path, strerror(errno));
        return VFS_ERROR;
    }

    if (vfs_player_retail_header(retail, err) != VFS_OK
        || vfs_player_retail_find_hints(retail, err) != VFS_OK)
    {
        return VFS_ERROR;
    }

    rewind(retail->csv.in);

    return vfs_player_retail_header(retail, err);
}


static int
vfs_player_retail_header(vfs_player_retail_t *retail, vfs_error_t *err)
{
    size_t       len;
    unsigned     i, n;
    const char  *name, *field;

    if (vfs_player_csv_read(&retail->csv, err) != VFS_OK) {
        vfs_error_set(err, "\"%s\": expected a first line with column names",
                      retail->path);
        return VFS_ERROR;
    }

    for (i = 0; i < VFS_RETAIL_COLUMNS; i++) {
        name = vfs_player_retail_names[i];

        for (n = 0; n < retail->csv.nfields; n++) {
            field = vfs_player_csv_field(&retail->csv, n, &len);

            if (len >= 3 && memcmp(field, "\xef\xbb\xbf", 3) == 0) {
                field += 3;
                len -= 3;
            }

            if (len == strlen(name) && memcmp(field, name, len) == 0) {
                break;
            }
        }

        if (n == retail->csv.nfields) {
            vfs_error_set(err, "\"%s\": no column \"%s\"; expected those of "
                          "UCI Online Retail", retail->path, name);
            return VFS_ERROR;
        }

        retail->columns[i] = n;
    }

    return VFS_OK;
}


static int
vfs_player_retail_find_hints(vfs_player_retail_t *retail, vfs_error_t *err)
{
    int                rc;
    vfs_retail_text_t  user;

    while (retail->source.nhints < VFS_PLAYER_HINTS) {
        rc = vfs_player_csv_read(&retail->csv, err);

        if (rc == VFS_DECLINED) {
            break;
        }

        if (rc == VFS_OK) {
            user = vfs_player_retail_user(retail);
            vfs_player_hint(&retail->source, user.data, user.len);
        }
    }

    return VFS_OK;
}


static int
vfs_player_retail_next(vfs_player_source_t *source, vfs_player_event_t *event,
    vfs_error_t *err)
{
    int                   rc;
    vfs_error_t           reason;
    vfs_player_retail_t  *retail;

    retail = (vfs_player_retail_t *) source;

    for ( ;; ) {
        rc = vfs_player_csv_read(&retail->csv, &reason);

        if (rc == VFS_DECLINED) {

            if (ferror(retail->csv.in)) {
                vfs_error_set(err, "cannot read \"%s\"", retail->path);
                return VFS_ERROR;
            }

            return VFS_DECLINED;
        }

        source->rows++;

        if (rc == VFS_OK) {
            rc = vfs_player_retail_row(retail, event, &reason);

            if (rc == VFS_OK) {
                return VFS_OK;
            }

            if (rc == VFS_DECLINED) {
                source->no_user++;
                continue;
            }
        }

        source->malformed++;
        vfs_log(VFS_LOG_WARN, "row_skipped", "row=%llu reason=\"%s\"",
                (unsigned long long) source->rows, reason.text);
    }
}


/* VFS_DECLINED: the row has no customer. */

static int
vfs_player_retail_row(vfs_player_retail_t *retail, vfs_player_event_t *event,
    vfs_error_t *err)
{
    vfs_retail_text_t  user, item;

    user = vfs_player_retail_user(retail);

    if (user.len == 0) {
        return VFS_DECLINED;
    }

    if (vfs_player_retail_event(retail, &user, err) != VFS_OK) {
        return VFS_ERROR;
    }

    item = vfs_player_retail_text(retail, VFS_RETAIL_ITEM);

    if (!vfs_id_valid(user.data, user.len)
        || !vfs_id_valid(item.data, item.len))
    {
        retail->source.invalid_ids++;
    }

    event->key = user.data;
    event->key_len = user.len;
    event->value = retail->json.data;
    event->len = retail->json.len;

    return VFS_OK;
}


static int
vfs_player_retail_event(vfs_player_retail_t *retail,
    const vfs_retail_text_t *user, vfs_error_t *err)
{
    char                time[sizeof("2010-12-01T08:26:00Z")];
    const char         *type;
    vfs_player_json_t  *json;
    vfs_retail_text_t   text, invoice, quantity, price;

    text = vfs_player_retail_text(retail, VFS_RETAIL_TIME);

    if (vfs_player_retail_time(&text, time) != VFS_OK) {
        vfs_error_set(err, "InvoiceDate: expected one such as 2010-12-01 "
                      "08:26:00");
        return VFS_ERROR;
    }

    quantity = vfs_player_retail_text(retail, VFS_RETAIL_QUANTITY);
    price = vfs_player_retail_text(retail, VFS_RETAIL_PRICE);

    if (!vfs_player_retail_number(&quantity)
        || !vfs_player_retail_number(&price))
    {
        vfs_error_set(err, "Quantity, UnitPrice: expected numbers");
        return VFS_ERROR;
    }

    invoice = vfs_player_retail_text(retail, VFS_RETAIL_INVOICE);
    type = (invoice.len > 0 && invoice.data[0] == 'C') ? "cancel" : "purchase";

    json = &retail->json;

    vfs_player_json_begin(json);
    vfs_player_json_string(json, "userId", user->data, user->len);

    text = vfs_player_retail_text(retail, VFS_RETAIL_ITEM);
    vfs_player_json_string(json, "itemId", text.data, text.len);

    vfs_player_json_string(json, "eventType", type, strlen(type));
    vfs_player_json_string(json, "timestamp", time, strlen(time));

    text = vfs_player_retail_text(retail, VFS_RETAIL_DESCRIPTION);

    if (text.len > 0) {
        vfs_player_json_string(json, "description", text.data, text.len);
    }

    vfs_player_json_raw(json, "quantity", quantity.data, quantity.len);
    vfs_player_json_raw(json, "price", price.data, price.len);

    text = vfs_player_retail_text(retail, VFS_RETAIL_COUNTRY);

    if (text.len > 0) {
        vfs_player_json_string(json, "country", text.data, text.len);
    }

    if (vfs_player_json_end(json) != VFS_OK) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static vfs_retail_text_t
vfs_player_retail_text(const vfs_player_retail_t *retail,
    vfs_retail_column_e column)
{
    vfs_retail_text_t  text;

    text.data = vfs_player_csv_field(&retail->csv, retail->columns[column],
                                     &text.len);
    return text;
}


/* The file has customers as floating-point numbers: 17850.0 is 17850. */

static vfs_retail_text_t
vfs_player_retail_user(const vfs_player_retail_t *retail)
{
    vfs_retail_text_t  user;

    user = vfs_player_retail_text(retail, VFS_RETAIL_USER);

    if (user.len > 2 && memcmp(user.data + user.len - 2, ".0", 2) == 0) {
        user.len -= 2;
    }

    return user;
}


/* "2010-12-01 08:26:00" to ISO 8601; the data set's times are UTC. */

static int
vfs_player_retail_time(const vfs_retail_text_t *text, char *time)
{
    size_t   len;
    int64_t  ms;

    len = strlen("2010-12-01 08:26:00");

    if (text->len != len || text->data[10] != ' ') {
        return VFS_ERROR;
    }

    memcpy(time, text->data, len);
    time[10] = 'T';
    time[len] = 'Z';
    time[len + 1] = '\0';

    return vfs_time_parse(time, len + 1, &ms);
}


static unsigned
vfs_player_retail_number(const vfs_retail_text_t *text)
{
    double       value;
    const char  *last;

    last = text->data + text->len;

    return text->len > 0
           && vfs_double_read(text->data, last, &value) == last;
}


static void
vfs_player_retail_close(vfs_player_source_t *source)
{
    vfs_player_retail_t  *retail;

    retail = (vfs_player_retail_t *) source;

    if (retail->csv.in != NULL) {
        fclose(retail->csv.in);
    }

    vfs_player_json_free(&retail->json);
    free(retail);
}
